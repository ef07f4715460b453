#include "bench/nn/classifier.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "bench/core/error.h"
#include "bench/nn/device.h"
#include "bench/nn/initialize.h"
#include "bench/nn/network.h"
#include "bench/nn/numerics.h"
#include "bench/nn/visit.h"

namespace dfkd {
namespace {

// While alive, no parameter requires a gradient, so that a graph has the inputs as its only leaves.
class ParametersOff {
 public:
  ParametersOff(const std::vector<at::Tensor>& parameters, bool active) {
    for (const auto& parameter : parameters) {
      if (active && parameter.requires_grad()) {
        parameter.set_requires_grad(false);
        switched_.push_back(parameter);
      }
    }
  }
  ~ParametersOff() {
    for (const auto& parameter : switched_) {
      parameter.set_requires_grad(true);
    }
  }
  ParametersOff(const ParametersOff&) = delete;

 private:
  std::vector<at::Tensor> switched_;
};

// `tensor` [A,C,H,W] in that format. Of one channel it is in both, and convolutions go by its
// strides.
at::Tensor InFormat(const at::Tensor& tensor, at::MemoryFormat format) {
  const auto dense = tensor.contiguous(format);
  if (dense.size(1) != 1) return dense;
  const int64_t area = dense.size(2) * dense.size(3), width = dense.size(3);
  const int64_t of_channel = format == at::MemoryFormat::ChannelsLast ? 1 : area;
  return dense.as_strided(dense.sizes(), {area, of_channel, width, 1});
}

std::vector<NamedTensor> Listed(const torch::OrderedDict<std::string, at::Tensor>& tensors) {
  std::vector<NamedTensor> listed;
  for (const auto& item : tensors) {
    listed.push_back({item.key(), item.value()});
  }
  return listed;
}

// Counters apart: they are integers on the host.
void CopyAll(const std::vector<NamedTensor>& from, const std::vector<NamedTensor>& to) {
  const c10::NoGradGuard no_grad;
  std::vector<at::Tensor> sources, targets;
  for (size_t i = 0; i < from.size(); ++i) {
    if (to[i].value.is_floating_point()) {
      sources.push_back(from[i].value);
      targets.push_back(to[i].value);
    } else {
      to[i].value.copy_(from[i].value);
    }
  }
  if (!targets.empty()) CopyEach(targets, sources);
}

// Bit by bit the same on every device: by a number of the host a GPU does not divide, it multiplies
// with its reciprocal.
at::Tensor Fractions(const at::Tensor& pixels) {
  if (pixels.is_cpu()) return pixels / 255;
  return pixels / Constant({255.0}, pixels.scalar_type(), pixels.device());
}

at::Tensor Normalized(const at::Tensor& images, const ImageSpec& spec) {
  const auto unit = Fractions(images.to(at::kFloat));
  return (unit - PerChannel(spec.mean, unit)) / PerChannel(spec.stddev, unit);
}

std::shared_ptr<Network> MakeQuietly(const std::string& name, const ImageSpec& spec) {
  const KeepGlobalGenerator keep;
  return MakeNetwork(name, spec);
}

}  // namespace

Taps WantedTaps(const std::vector<std::string>& names) {
  Taps taps;
  for (const auto& name : names) taps[name] = at::Tensor();
  return taps;
}

Classifier::Classifier(const std::string& name, const ImageSpec& spec)
    : name_(name), spec_(spec), network_(MakeQuietly(name, spec)) {
  Settle(device_, profile_);
}

Classifier::~Classifier() = default;

void Classifier::Initialize(const Rng& rng) { network_->Initialize(rng); }

std::unique_ptr<Classifier> Classifier::Clone() const {
  auto copy = std::make_unique<Classifier>(name_, spec_);
  copy->second_order_ = second_order_;
  copy->Settle(device_, profile_);
  copy->CopyFrom(*this);
  copy->frozen_ = frozen_;
  const auto& ours = network_->Weights();
  const auto& theirs = copy->network_->Weights();
  for (size_t i = 0; i < ours.size(); ++i) {
    theirs[i].set_requires_grad(ours[i].requires_grad());
  }
  return copy;
}

void Classifier::CopyFrom(const Classifier& other) {
  CopyAll(other.Parameters(), Parameters());
  CopyBuffersFrom(other);
}

void Classifier::CopyBuffersFrom(const Classifier& other) { CopyAll(other.Buffers(), Buffers()); }

void Classifier::Use(const at::Device& device, Profile profile) {
  second_order_ = false;
  Settle(device, profile);
}

void Classifier::UseForSecondOrder(const at::Device& device, Profile profile) {
  second_order_ = true;
  Settle(device, SecondOrder(profile));
}

void Classifier::Settle(const at::Device& device, Profile profile) {
  device_ = device;
  profile_ = profile;
  ZeroGrad();  // on the old device, in the old layout
  Move(*network_, device, profile);
  network_->PrepareForSecondOrder(second_order_, device);
  for (auto parameter : network_->Weights()) {
    if (parameter.dim() == 4) parameter.set_data(InFormat(parameter.detach(), Format()));
  }
}

// Channels-last is what convolutions compute fastest in. In float64, which only comparisons compute
// in, there is no difference. Second derivatives on a GPU, where batch normalisation is LibTorch's
// own, stay contiguous until somebody has measured them.
at::MemoryFormat Classifier::Format() const {
  const bool second_order_on_gpu = second_order_ && !device_.is_cpu();
  return second_order_on_gpu || profile_ == Profile::kFp64 ? at::MemoryFormat::Contiguous
                                                           : at::MemoryFormat::ChannelsLast;
}

// As the layers read it; what a bf16 trunk made stays bf16.
at::Tensor Classifier::In(const at::Tensor& input) const {
  const auto x = profile_ == Profile::kBf16 ? input : input.to(PrecisionOf(profile_));
  return x.contiguous(Format());
}

void Classifier::Freeze() {
  frozen_ = true;
  for (const auto& parameter : network_->Weights()) {
    parameter.set_requires_grad(false);
  }
}

at::Tensor Classifier::Logits(const at::Tensor& images, Mode mode, Grad grad, Taps* taps) {
  return Forward(images, 0, mode, grad, taps);
}

at::Tensor Classifier::Logits(const at::Tensor& images, Grad grad, Taps* taps) const {
  DFKD_CHECK(grad != Grad::kAll);
  return Forward(images, 0, Mode::kEval, grad, taps);
}

at::Tensor Classifier::LogitsFrom(int64_t first, const at::Tensor& activation, Grad grad) const {
  DFKD_CHECK(grad != Grad::kAll);
  return Forward(activation, first, Mode::kEval, grad, nullptr);
}

void Classifier::WatchNorms(std::vector<NormInput>* sink) const { network_->WatchNorms(sink); }

std::vector<std::string> Classifier::Segments() const { return network_->Segments(); }

std::vector<Convolution> Classifier::Convolutions() const { return network_->Convolutions(); }

std::vector<NormLayer> Classifier::Norms() const { return network_->Norms(); }

std::vector<NamedTensor> Classifier::Parameters() const {
  return Listed(network_->named_parameters());
}

std::vector<NamedTensor> Classifier::Buffers() const { return Listed(network_->named_buffers()); }

int64_t Classifier::CountParameters() const {
  int64_t count = 0;
  for (const auto& parameter : network_->Weights()) {
    count += parameter.numel();
  }
  return count;
}

void Classifier::ZeroGrad() {
  for (auto parameter : network_->Weights()) {
    parameter.mutable_grad().reset();
  }
}

void Classifier::Visit(StateVisitor& visitor, const std::string& prefix) {
  const auto start = prefix.empty() ? prefix : prefix + ".";
  for (const auto& item : Parameters()) {
    VisitInPlace(visitor, start + item.name, item.value);
  }
  for (const auto& item : Buffers()) {
    VisitInPlace(visitor, start + item.name, item.value);
  }
}

at::Tensor Classifier::Forward(const at::Tensor& input, int64_t first, Mode mode, Grad grad,
                               Taps* taps) const {
  const c10::AutoGradMode gradients(grad != Grad::kNone && c10::GradMode::is_enabled());
  const ParametersOff off(network_->Weights(), grad == Grad::kInputs && !frozen_);
  const AutocastScope autocast(profile_, device_.type());
  network_->SetMode(mode);
  return network_->forward(In(input), first, taps);
}

at::Tensor Normalize(const at::Tensor& images, const ImageSpec& spec) {
  if (!images.is_cpu() || images.scalar_type() != at::kByte) return Normalized(images, spec);
  const int64_t channels = images.size(1), area = images.size(2) * images.size(3);
  const auto grey = at::arange(256, at::kByte).view({256, 1, 1, 1}).expand({256, channels, 1, 1});
  const auto table = Normalized(grey, spec).view({256, channels}).t().contiguous();
  const auto from = images.contiguous();
  auto out = at::empty(from.sizes(), at::kFloat);
  for (int64_t plane = 0; plane < from.size(0) * channels; ++plane) {
    const auto* values = table.data_ptr<float>() + plane % channels * 256;
    const auto* source = from.data_ptr<uint8_t>() + plane * area;
    auto* target = out.data_ptr<float>() + plane * area;
    for (int64_t i = 0; i < area; ++i) target[i] = values[source[i]];
  }
  return out;
}

at::Tensor ToPixels(const at::Tensor& normalized, const ImageSpec& spec) {
  const auto x = normalized.detach().to(at::kFloat);
  const auto pixels = (x * PerChannel(spec.stddev, x) + PerChannel(spec.mean, x)) * 255;
  return (pixels + 0.5).floor().clamp(0, 255).to(at::kByte);  // half rounds up
}

at::Tensor PerChannel(const std::vector<double>& values, const at::Tensor& like) {
  return Constant(values, like.scalar_type(), like.device()).view({1, -1, 1, 1});
}

}  // namespace dfkd
