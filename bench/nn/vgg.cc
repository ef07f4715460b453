#include "bench/nn/vgg.h"

#include <ATen/ops/amax.h>
#include <c10/core/GradMode.h>

#include <numeric>

#include "bench/nn/random.h"
#include "bench/nn/twice_layers.h"

namespace dfkd {
namespace {

std::string Numbered(const char* kind, int64_t number) { return kind + std::to_string(number); }

// [N,C,H,W] -> [N,C,H/2,W/2], an odd last row or column is dropped. A reduction, because the
// backward pass of LibTorch's own pool is not deterministic on a GPU.
at::Tensor MaxPool(const at::Tensor& x) {
  const int64_t h = x.size(2) / 2, w = x.size(3) / 2;
  const auto even = x.narrow(2, 0, 2 * h).narrow(3, 0, 2 * w);
  return at::amax(even.unflatten(3, {w, 2}).unflatten(2, {h, 2}), {3, 5});
}

}  // namespace

VggSmallImpl::VggSmallImpl(int64_t width, const ImageSpec& spec) {
  AddLayer(1, spec.channels, width, 2);
  AddLayer(2, width, width, 1);
  AddLayer(3, width, 2 * width, 2);
  AddLayer(4, 2 * width, 4 * width, 2);
  fc = register_module("fc", torch::nn::Linear(4 * width, spec.classes));
  AddHead(GlobalAveragePool, fc);
}

void VggSmallImpl::AddLayer(int64_t number, int64_t in, int64_t out, int64_t stride) {
  const auto name = Numbered("conv", number);
  auto convolution = register_module(name, MakeConvolution(in, out, 3, stride));
  auto norm = register_module(Numbered("bn", number), BatchNorm(out));
  Wire(Numbered("bn", number), name, {number == 4 ? "fc" : Numbered("conv", number + 1)});
  AddSegment(name, {{name, convolution}}, [convolution, norm](const at::Tensor& x) {
    return Relu(norm->forward(convolution->forward(x)));
  });
}

VggImpl::VggImpl(const std::array<int64_t, 5>& layers, const ImageSpec& spec) {
  constexpr int64_t kWidths[] = {64, 128, 256, 512, 512};
  const auto count = std::accumulate(layers.begin(), layers.end(), int64_t{0});
  int64_t number = 0, in = spec.channels;
  for (int64_t block = 1; block <= 5; ++block) {
    const auto group = Numbered("group", block);
    const bool pooled = block > 1 && (block < 5 || spec.height == 64);
    const int64_t size = layers[block - 1], width = kWidths[block - 1];
    for (int64_t i = 0; i < size; ++i) {
      const auto segment = i + 1 == size ? group : group + "." + std::to_string(i);
      const auto reader = ++number == count ? "fc" : Numbered("conv", number + 1);
      AddLayer(number, segment, reader, in, width, pooled && i == 0);
      in = width;
    }
  }
  fc = register_module("fc", torch::nn::Linear(in, spec.classes));
  AddHead(GlobalAveragePool, fc);
}

void VggImpl::Initialize(const Rng& rng) {
  Network::Initialize(rng);
  const c10::NoGradGuard no_grad;
  fc->weight.copy_(Normal(rng.Fork("fc.weight"), fc->weight.sizes()) * 0.01);
}

void VggImpl::AddLayer(int64_t number, const std::string& segment, const std::string& reader,
                       int64_t in, int64_t out, bool pooled) {
  const auto name = Numbered("conv", number);
  auto convolution = register_module(name, MakeConvolution(in, out, 3, 1, /*bias=*/true));
  auto norm = register_module(Numbered("bn", number), BatchNorm(out));
  Wire(Numbered("bn", number), name, {reader});
  AddSegment(segment, {{name, convolution}}, [convolution, norm, pooled](const at::Tensor& x) {
    return Relu(norm->forward(convolution->forward(pooled ? MaxPool(x) : x)));
  });
}

}  // namespace dfkd
