#include "bench/nn/generator.h"

#include <ATen/ATen.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include "bench/core/error.h"
#include "bench/nn/initialize.h"
#include "bench/nn/visit.h"

namespace dfkd {
namespace {

constexpr double kLeak = 0.2;

torch::nn::Conv2d Convolution3x3(int64_t in, int64_t out) {
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 3).padding(1));
}

// Batch statistics only: the generator is never evaluated, so running ones would be dead state.
torch::nn::BatchNorm2d BatchStatistics(int64_t channels) {
  return torch::nn::BatchNorm2d(torch::nn::BatchNorm2dOptions(channels).track_running_stats(false));
}

at::Tensor Doubled(const at::Tensor& x) {
  return at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)});
}

void CheckSizes(const GeneratorSpec& generator, const ImageSpec& spec) {
  if (spec.height % 4 != 0 || spec.width % 4 != 0) {
    throw MakeError("image size {}x{}: the generator needs multiples of 4", spec.height,
                    spec.width);
  }
  if (generator.width < 2 || generator.width % 2 != 0 || generator.latent < 1) {
    throw MakeError("generator with latent {} and width {}: width must be even and both positive",
                    generator.latent, generator.width);
  }
}

}  // namespace

// Zero-shot knowledge transfer (Micaelli and Storkey 2019, arXiv 1905.09768), appendix. The output
// is normalised by a last batch normalisation instead of squashed.
class GeneratorNet : public torch::nn::Module {
 public:
  GeneratorNet(const GeneratorSpec& generator, const ImageSpec& spec)
      : width(generator.width), height_4(spec.height / 4), width_4(spec.width / 4) {
    fc = register_module("fc", torch::nn::Linear(generator.latent, width * height_4 * width_4));
    bn0 = register_module("bn0", BatchStatistics(width));
    conv1 = register_module("conv1", Convolution3x3(width, width));
    bn1 = register_module("bn1", BatchStatistics(width));
    conv2 = register_module("conv2", Convolution3x3(width, width / 2));
    bn2 = register_module("bn2", BatchStatistics(width / 2));
    conv3 = register_module("conv3", Convolution3x3(width / 2, spec.channels));
    bn3 = register_module("bn3", BatchStatistics(spec.channels));
  }

  at::Tensor forward(const at::Tensor& latent, at::MemoryFormat format) {
    auto x = fc(latent).view({-1, width, height_4, width_4}).contiguous(format);
    x = Doubled(bn0(x));  // [N, width, H/2, W/2]
    x = Doubled(at::leaky_relu(bn1(conv1(x)), kLeak));
    x = at::leaky_relu(bn2(conv2(x)), kLeak);  // [N, width/2, H, W]
    return bn3(conv3(x)).to(at::kFloat);
  }

 private:
  const int64_t width, height_4, width_4;
  torch::nn::Linear fc{nullptr};
  torch::nn::Conv2d conv1{nullptr}, conv2{nullptr}, conv3{nullptr};
  torch::nn::BatchNorm2d bn0{nullptr}, bn1{nullptr}, bn2{nullptr}, bn3{nullptr};
};

Generator::Generator(const GeneratorSpec& generator, const ImageSpec& spec) {
  CheckSizes(generator, spec);
  const KeepGlobalGenerator keep;
  net_ = std::make_shared<GeneratorNet>(generator, spec);
}

Generator::~Generator() = default;

void Generator::Initialize(const Rng& rng) { InitializeDefault(*net_, rng); }

void Generator::Use(const at::Device& device, Profile profile) {
  device_ = device;
  profile_ = profile;
  net_->to(device);
}

at::Tensor Generator::Images(const at::Tensor& latent, Grad grad) {
  DFKD_CHECK(grad != Grad::kInputs);
  const c10::AutoGradMode gradients(grad == Grad::kAll && c10::GradMode::is_enabled());
  const AutocastScope autocast(profile_, device_.type());
  return net_->forward(latent, profile_ == Profile::kBf16 ? at::MemoryFormat::ChannelsLast
                                                          : at::MemoryFormat::Contiguous);
}

std::vector<NamedTensor> Generator::Parameters() const {
  std::vector<NamedTensor> parameters;
  for (const auto& item : net_->named_parameters()) {
    parameters.push_back({item.key(), item.value()});
  }
  return parameters;
}

int64_t Generator::CountParameters() const {
  int64_t count = 0;
  for (const auto& parameter : Parameters()) {
    count += parameter.value.numel();
  }
  return count;
}

void Generator::Visit(StateVisitor& visitor, const std::string& prefix) {
  for (const auto& parameter : Parameters()) {
    VisitInPlace(visitor, prefix + "." + parameter.name, parameter.value);
  }
}

}  // namespace dfkd
