#include "bench/nn/network.h"

#include <ATen/Context.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/conv2d.h>
#include <c10/core/GradMode.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

#include <array>

#include "bench/core/error.h"
#include "bench/core/network_name.h"
#include "bench/nn/initialize.h"
#include "bench/nn/mobilenet.h"
#include "bench/nn/resnet.h"
#include "bench/nn/twice_layers.h"
#include "bench/nn/twice_norm.h"
#include "bench/nn/vgg.h"
#include "bench/nn/wide_resnet.h"

namespace dfkd {
namespace {

void Fill(Taps* taps, const std::string& name, const at::Tensor& output) {
  if (!taps) {
    return;
  }
  if (const auto tap = taps->find(name); tap != taps->end()) {
    tap->second = output;
  }
}

}  // namespace

at::Tensor BatchNormImpl::forward(const at::Tensor& x) {
  if (sink) {
    sink->push_back({x, running_mean, running_var});
  }
  if (is_training()) {
    if (x.numel() == x.size(1)) {  // the running variance would become 0/0
      throw MakeError(
          "batch normalisation in training needs more than one value per channel, not {} image of "
          "{}x{}",
          x.size(0), x.size(2), x.size(3));
    }
    num_batches_tracked.add_(1);
    if (twice && c10::GradMode::is_enabled()) {
      return TwiceDifferentiableNorm(x, weight, bias, running_mean, running_var,
                                     *options.momentum(), options.eps());
    }
  }
  return at::batch_norm(x, weight, bias, running_mean, running_var, is_training(),
                        *options.momentum(), options.eps(), at::globalContext().userEnabledCuDNN());
}

at::Tensor ConvolutionLayerImpl::forward(const at::Tensor& x) {
  const int64_t stride = options.stride()->at(0), padding = weight.size(2) / 2;
  if (twice && c10::GradMode::is_enabled()) {
    return TwiceDifferentiableConvolution(x, weight, bias, stride, padding);
  }
  return at::conv2d(x, weight, bias, {stride, stride}, {padding, padding}, /*dilation=*/{1, 1},
                    options.groups());
}

void Network::Initialize(const Rng& rng) { InitializeClassifier(*this, rng); }

at::Tensor Network::forward(at::Tensor x, int64_t first, Taps* taps) const {
  DFKD_CHECK(first >= 0 && first < static_cast<int64_t>(segments_.size()));
  for (size_t i = first; i < segments_.size(); ++i) {
    const bool head = i + 1 == segments_.size();
    if (head) {
      x = pool_(x);
      Fill(taps, "features", x);
      x = AtLeastFloat(x);  // bfloat16 ends here: logits have all digits of float32
    }
    x = segments_[i].body(x);
    Fill(taps, segments_[i].name, x);
  }
  return x;
}

std::vector<std::string> Network::Segments() const {
  std::vector<std::string> names;
  for (const auto& segment : segments_) {
    names.push_back(segment.name);
  }
  return names;
}

std::vector<NormLayer> Network::Norms() const {
  std::vector<NormLayer> norms;
  std::string previous;
  for (const auto& item : named_modules()) {
    if (item.value()->as<ConvolutionLayer>()) {
      previous = item.key();
    } else if (const auto* norm = item.value()->as<BatchNorm>()) {
      const auto& wiring = wirings_.at(item.key());
      norms.push_back({item.key(), norm->weight, norm->bias, norm->running_mean, norm->running_var,
                       wiring.input, wiring.readers, previous});
    }
  }
  return norms;
}

const std::vector<at::Tensor>& Network::Weights() {
  if (weights_.empty()) {
    weights_ = parameters();
  }
  return weights_;
}

void Network::SetMode(Mode mode) {
  if (is_training() != (mode == Mode::kTrain)) {
    train(mode == Mode::kTrain);
  }
}

void Network::WatchNorms(std::vector<NormInput>* sink) {
  for (const auto& module : modules(/*include_self=*/false)) {
    if (auto* norm = module->as<BatchNorm>()) {
      norm->sink = sink;
    }
  }
}

void Network::PrepareForSecondOrder(bool second_order, const at::Device& device) {
  for (const auto& module : modules(/*include_self=*/false)) {
    if (auto* norm = module->as<BatchNorm>()) norm->twice = second_order && device.is_cpu();
    if (auto* convolution = module->as<ConvolutionLayer>()) convolution->twice = second_order;
  }
}

void Network::AddSegment(const std::string& name, const NamedConvolutions& convolutions,
                         Body body) {
  const auto index = static_cast<int64_t>(segments_.size());
  for (const auto& [convolution_name, convolution] : convolutions) {
    convolutions_.push_back({convolution_name, convolution->weight, index});
  }
  segments_.push_back({name, std::move(body)});
}

void Network::AddHead(Body pool, torch::nn::Linear linear) {
  pool_ = std::move(pool);
  AddSegment("head", {}, [linear](const at::Tensor& x) {
    const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
    return linear.ptr()->forward(x);
  });
}

void Network::Wire(const std::string& norm, const std::string& input,
                   std::vector<std::string> readers) {
  wirings_[norm] = {input, std::move(readers)};
}

std::shared_ptr<Network> MakeNetwork(const std::string& name, const ImageSpec& spec) {
  const auto parsed = ParseNetworkName(name);
  switch (parsed.family) {
    case NetworkFamily::kWideResNet:
      return std::make_shared<WideResNetImpl>(parsed.depth, parsed.width,
                                              parsed.strided_stem ? 2 : 1, spec);
    case NetworkFamily::kVggSmall:
      return std::make_shared<VggSmallImpl>(parsed.width, spec);
    case NetworkFamily::kVgg8:
      return std::make_shared<VggImpl>(std::array<int64_t, 5>{1, 1, 1, 1, 1}, spec);
    case NetworkFamily::kVgg11:
      return std::make_shared<VggImpl>(std::array<int64_t, 5>{1, 1, 2, 2, 2}, spec);
    case NetworkFamily::kMobileNet:
      return std::make_shared<MobileNetImpl>(spec);
    case NetworkFamily::kResNet18:
      return std::make_shared<ResNetImpl>(std::array<int64_t, 4>{2, 2, 2, 2}, spec);
    case NetworkFamily::kResNet34:
      return std::make_shared<ResNetImpl>(std::array<int64_t, 4>{3, 4, 6, 3}, spec);
  }
  throw MakeError("network '{}' cannot be built", name);
}

ConvolutionLayer MakeConvolution(int64_t in, int64_t out, int64_t kernel, int64_t stride, bool bias,
                                 int64_t groups) {
  torch::nn::detail::ConvNdOptions<2> options(in, out, kernel);
  options.stride(stride).padding(torch::ExpandingArray<2>(kernel / 2)).bias(bias).groups(groups);
  return ConvolutionLayer(options);
}

at::Tensor GlobalAveragePool(const at::Tensor& x) { return x.mean({2, 3}); }

}  // namespace dfkd
