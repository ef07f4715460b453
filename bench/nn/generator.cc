#include "bench/nn/generator.h"

#include <ATen/ATen.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include <map>
#include <string>

#include "bench/core/error.h"
#include "bench/nn/initialize.h"
#include "bench/nn/visit.h"

namespace dfkd {
namespace {

constexpr double kLeak = 0.2;

torch::nn::Conv2d Convolution3x3(int64_t in, int64_t out, bool bias) {
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 3).padding(1).bias(bias));
}

torch::nn::BatchNorm2d Norm(int64_t channels, const GeneratorSpec& generator, double epsilon) {
  return torch::nn::BatchNorm2d(
      torch::nn::BatchNorm2dOptions(channels).eps(epsilon).track_running_stats(
          generator.running_statistics));
}

// Convolutions are fastest channels-last; float64 is for comparisons.
at::MemoryFormat FormatOfGenerator(Profile profile) {
  return profile == Profile::kFp64 ? at::MemoryFormat::Contiguous : at::MemoryFormat::ChannelsLast;
}

at::Tensor Doubled(const at::Tensor& x) {
  return at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)});
}

at::Tensor Resized(const at::Tensor& x, int64_t height, int64_t width) {
  if (x.size(2) == height && x.size(3) == width) return x;
  return at::upsample_nearest2d(x, {height, width});
}

void CheckSizes(const GeneratorSpec& generator, const ImageSpec& spec) {
  if (generator.kind == GeneratorKind::kCoupled) {
    DFKD_CHECK(!generator.maps.empty());
    return;
  }
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

GeneratorKind GeneratorKindFrom(const std::string& name) {
  static const std::map<std::string, GeneratorKind> kinds = {
      {"zskt", GeneratorKind::kZskt},
      {"dafl", GeneratorKind::kDafl},
      {"datafree", GeneratorKind::kDataFree},
      {"datafree_large", GeneratorKind::kDataFreeLarge}};
  if (const auto found = kinds.find(name); found != kinds.end()) return found->second;
  throw MakeError("generator '{}' must be one of zskt, dafl, datafree, datafree_large", name);
}

class GeneratorNet : public torch::nn::Module {
 public:
  virtual at::Tensor forward(const at::Tensor& latent, at::MemoryFormat format,
                             std::vector<at::Tensor>* maps) = 0;
};

namespace {

// One trunk for all kinds but the coupled one (dfkd_methods 2.2): linear, then twice up and
// convolve, then to the channels of an image. They differ in biases, in the first width and in how
// the output is brought into range: ZSKT (arXiv 1905.09768, appendix) by a learnt batch
// normalisation, DAFL (1904.01186) by tanh and a fixed one, DataFree by a sigmoid.
class TrunkNet final : public GeneratorNet {
 public:
  TrunkNet(const GeneratorSpec& generator, const ImageSpec& spec)
      : kind(generator.kind),
        first(generator.kind == GeneratorKind::kDataFreeLarge ? 2 * generator.width
                                                              : generator.width),
        height_4(spec.height / 4),
        width_4(spec.width / 4) {
    const int64_t width = generator.width;
    const bool bias = !EmitsPixels(kind);
    fc = register_module("fc", torch::nn::Linear(generator.latent, first * height_4 * width_4));
    bn0 = register_module("bn0", Norm(first, generator, 1e-5));
    conv1 = register_module("conv1", Convolution3x3(first, width, bias));
    bn1 = register_module("bn1", Norm(width, generator, generator.norm_epsilon));
    conv2 = register_module("conv2", Convolution3x3(width, width / 2, bias));
    bn2 = register_module("bn2", Norm(width / 2, generator, generator.norm_epsilon));
    conv3 = register_module("conv3", Convolution3x3(width / 2, spec.channels, true));
    if (kind == GeneratorKind::kZskt) {
      bn3 = register_module("bn3", Norm(spec.channels, generator, 1e-5));
    } else if (kind == GeneratorKind::kDafl) {
      bn3 = register_module(
          "bn3", torch::nn::BatchNorm2d(torch::nn::BatchNorm2dOptions(spec.channels)
                                            .affine(false)
                                            .track_running_stats(generator.running_statistics)));
    }
  }

  at::Tensor forward(const at::Tensor& latent, at::MemoryFormat format,
                     std::vector<at::Tensor>*) override {
    auto x = fc(latent).view({-1, first, height_4, width_4}).contiguous(format);
    x = Doubled(bn0(x));  // [N, first, H/2, W/2]
    x = Doubled(at::leaky_relu(bn1(conv1(x)), kLeak));
    x = at::leaky_relu(bn2(conv2(x)), kLeak);  // [N, width/2, H, W]
    // What brings an image into range computes in float32: pixels of bfloat16 would have 8 bits.
    return InRange(AtLeastFloat(conv3(x)));
  }

 private:
  at::Tensor InRange(const at::Tensor& x) {
    if (EmitsPixels(kind)) return at::sigmoid(x);
    return bn3(kind == GeneratorKind::kDafl ? at::tanh(x) : x);
  }

  const GeneratorKind kind;
  const int64_t first, height_4, width_4;
  torch::nn::Linear fc{nullptr};
  torch::nn::Conv2d conv1{nullptr}, conv2{nullptr}, conv3{nullptr};
  torch::nn::BatchNorm2d bn0{nullptr}, bn1{nullptr}, bn2{nullptr}, bn3{nullptr};
};

// A network upside down (CPNet): linear to the first map, then one block a map, brought to its size
// and convolved; the last convolution makes the image.
class CoupledNet final : public GeneratorNet {
 public:
  CoupledNet(const GeneratorSpec& generator, const ImageSpec& spec)
      : sizes(generator.maps), height(spec.height), width(spec.width) {
    const auto& first = sizes.front();
    const int64_t values = first.channels * first.height * first.width;
    fc = register_module("fc", torch::nn::Linear(generator.latent, values));
    norms.push_back(register_module("bn0", Norm(first.channels, generator, 1e-5)));
    for (size_t i = 1; i < sizes.size(); ++i) {
      AddConvolution(sizes[i - 1].channels, sizes[i].channels, /*bias=*/false);
      norms.push_back(register_module("bn" + std::to_string(i),
                                      Norm(sizes[i].channels, generator, generator.norm_epsilon)));
    }
    AddConvolution(sizes.back().channels, spec.channels, /*bias=*/true);
  }

  at::Tensor forward(const at::Tensor& latent, at::MemoryFormat format,
                     std::vector<at::Tensor>* maps) override {
    const auto& first = sizes.front();
    auto x = fc(latent).view({-1, first.channels, first.height, first.width}).contiguous(format);
    x = norms[0](x);
    if (maps != nullptr) maps->push_back(x);
    for (size_t i = 1; i < sizes.size(); ++i) {
      x = convolutions[i - 1](Resized(x, sizes[i].height, sizes[i].width));
      x = at::leaky_relu(norms[i](x), kLeak);
      if (maps != nullptr) maps->push_back(x);
    }
    return at::sigmoid(AtLeastFloat(convolutions.back()(Resized(x, height, width))));
  }

 private:
  void AddConvolution(int64_t in, int64_t out, bool bias) {
    const auto name = "conv" + std::to_string(convolutions.size() + 1);
    convolutions.push_back(register_module(name, Convolution3x3(in, out, bias)));
  }

  const std::vector<MapSize> sizes;
  const int64_t height, width;
  torch::nn::Linear fc{nullptr};
  std::vector<torch::nn::Conv2d> convolutions;
  std::vector<torch::nn::BatchNorm2d> norms;
};

std::shared_ptr<GeneratorNet> MakeNet(const GeneratorSpec& generator, const ImageSpec& spec) {
  if (generator.kind == GeneratorKind::kCoupled)
    return std::make_shared<CoupledNet>(generator, spec);
  return std::make_shared<TrunkNet>(generator, spec);
}

}  // namespace

Generator::Generator(const GeneratorSpec& generator, const ImageSpec& spec)
    : kind_(generator.kind), running_statistics_(generator.running_statistics) {
  CheckSizes(generator, spec);
  const KeepGlobalGenerator keep;
  net_ = MakeNet(generator, spec);
}

Generator::~Generator() = default;

void Generator::Initialize(const Rng& rng) { InitializeDefault(*net_, rng); }

void Generator::Reset(const Rng& rng) { InitializeAsDcgan(*net_, rng); }

void Generator::Use(const at::Device& device, Profile profile) {
  device_ = device;
  profile_ = profile;
  Move(*net_, device, profile);
  for (auto& parameter : net_->parameters()) {
    if (parameter.dim() != 4) continue;
    parameter.set_data(parameter.detach().contiguous(FormatOfGenerator(profile)));
  }
}

at::Tensor Generator::Images(const at::Tensor& latent, Grad grad, Mode mode,
                             std::vector<at::Tensor>* maps) {
  DFKD_CHECK(grad != Grad::kInputs);
  DFKD_CHECK(mode == Mode::kTrain || running_statistics_);
  DFKD_CHECK(maps == nullptr || kind_ == GeneratorKind::kCoupled);
  const c10::AutoGradMode gradients(grad == Grad::kAll && c10::GradMode::is_enabled());
  const AutocastScope autocast(profile_, device_.type());
  net_->train(mode == Mode::kTrain);
  return net_->forward(latent.to(PrecisionOf(profile_)), FormatOfGenerator(profile_), maps);
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
  for (const auto& buffer : net_->named_buffers()) {
    VisitInPlace(visitor, prefix + "." + buffer.key(), buffer.value());
  }
}

at::Tensor NormalizeUnit(const at::Tensor& pixels, const ImageSpec& spec) {
  return (pixels - PerChannel(spec.mean, pixels)) / PerChannel(spec.stddev, pixels);
}

}  // namespace dfkd
