#include "bench/nn/encoder_decoder.h"

#include <ATen/ATen.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>

#include "bench/core/error.h"
#include "bench/nn/initialize.h"
#include "bench/nn/numerics.h"
#include "bench/nn/visit.h"

namespace dfkd {

// A convolution of 3x3 and its batch normalisation, which moves slowly (momentum 0.05).
class NormedConvolution : public torch::nn::Module {
 public:
  NormedConvolution(int64_t in, int64_t out) {
    conv =
        register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 3).padding(1)));
    norm = register_module(
        "norm", torch::nn::BatchNorm2d(torch::nn::BatchNorm2dOptions(out).momentum(0.05)));
  }
  at::Tensor forward(const at::Tensor& x) { return norm(conv(x)); }

 private:
  torch::nn::Conv2d conv{nullptr};
  torch::nn::BatchNorm2d norm{nullptr};
};

class EncoderDecoderNet : public torch::nn::Module {
 public:
  EncoderDecoderNet(int64_t channels, int64_t out) {
    const int64_t first = channels == 1 ? 16 : 32;
    scales = channels == 1 ? 2 : 3;
    int64_t in = channels, width = first;
    for (int64_t scale = 0; scale < scales; ++scale, width *= 2) {
      Add(in, width), Add(width, width);
      in = width;
    }
    Add(in, in);  // in the middle
    for (int64_t scale = scales; scale > 0; --scale) {
      const int64_t next = scale == 1 ? out : in / 2;
      Add(in, in), Add(in, next);
      in = next;
    }
  }

  // The last convolution has no relu. A side that is odd is doubled to what it was.
  at::Tensor forward(at::Tensor x) {
    size_t next = 0;
    const auto step = [&] { return layers.at(next++)->forward(x); };
    std::vector<std::vector<int64_t>> sizes;
    for (int64_t scale = 0; scale < scales; ++scale) {
      x = step().relu();
      x = step().relu();
      sizes.push_back({x.size(2), x.size(3)});
      x = at::max_pool2d(x, 2);
    }
    x = step().relu();
    for (int64_t scale = scales - 1; scale >= 0; --scale) {
      x = at::upsample_bilinear2d(x, sizes[scale], /*align_corners=*/false);
      x = step().relu();
      x = step();
      if (scale > 0) x = x.relu();
    }
    return x.tanh() / (2 + 1e-7) + 0.5;
  }

 private:
  void Add(int64_t in, int64_t out) {
    const auto name = std::to_string(layers.size());
    layers.push_back(register_module(name, std::make_shared<NormedConvolution>(in, out)));
  }

  int64_t scales;
  std::vector<std::shared_ptr<NormedConvolution>> layers;
};

EncoderDecoder::EncoderDecoder(const ImageSpec& spec, int64_t out_channels) {
  if (spec.height < 8 || spec.width < 8)
    throw MakeError("image size {}x{}: at least 8x8 is needed", spec.height, spec.width);
  const KeepGlobalGenerator keep;
  net_ = std::make_shared<EncoderDecoderNet>(spec.channels, out_channels);
  Initialize(Rng(0));
}

EncoderDecoder::~EncoderDecoder() = default;

void EncoderDecoder::Initialize(const Rng& rng) { InitializeDefault(*net_, rng); }

void EncoderDecoder::Use(const at::Device& device) { Move(*net_, device, Profile::kFp32); }

at::Tensor EncoderDecoder::Maps(const at::Tensor& images, Grad grad, Mode mode) {
  DFKD_CHECK(grad != Grad::kInputs);
  const c10::AutoGradMode gradients(grad == Grad::kAll && c10::GradMode::is_enabled());
  net_->train(mode == Mode::kTrain);
  return net_->forward(images);
}

std::vector<NamedTensor> EncoderDecoder::Parameters() const {
  std::vector<NamedTensor> parameters;
  for (const auto& item : net_->named_parameters())
    parameters.push_back({item.key(), item.value()});
  return parameters;
}

void EncoderDecoder::Visit(StateVisitor& visitor, const std::string& prefix) {
  for (const auto& [name, value] : Parameters()) VisitInPlace(visitor, prefix + "." + name, value);
  for (const auto& buffer : net_->named_buffers())
    VisitInPlace(visitor, prefix + "." + buffer.key(), buffer.value());
}

}  // namespace dfkd
