#include "bench/nn/vgg.h"

#include <ATen/ops/amax.h>
#include <c10/core/GradMode.h>

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

Vgg11Impl::Vgg11Impl(const ImageSpec& spec) {
  AddLayer(1, "group1", spec.channels, 64, false);
  AddLayer(2, "group2", 64, 128, true);
  AddLayer(3, "group3.0", 128, 256, true);
  AddLayer(4, "group3", 256, 256, false);
  AddLayer(5, "group4.0", 256, 512, true);
  AddLayer(6, "group4", 512, 512, false);
  AddLayer(7, "group5.0", 512, 512, spec.height == 64);
  AddLayer(8, "group5", 512, 512, false);
  fc = register_module("fc", torch::nn::Linear(512, spec.classes));
  AddHead(GlobalAveragePool, fc);
}

void Vgg11Impl::Initialize(const Rng& rng) {
  Network::Initialize(rng);
  const c10::NoGradGuard no_grad;
  fc->weight.copy_(Normal(rng.Fork("fc.weight"), fc->weight.sizes()) * 0.01);
}

void Vgg11Impl::AddLayer(int64_t number, const std::string& segment, int64_t in, int64_t out,
                         bool pooled) {
  const auto name = Numbered("conv", number);
  auto convolution = register_module(name, MakeConvolution(in, out, 3, 1, /*bias=*/true));
  auto norm = register_module(Numbered("bn", number), BatchNorm(out));
  Wire(Numbered("bn", number), name, {number == 8 ? "fc" : Numbered("conv", number + 1)});
  AddSegment(segment, {{name, convolution}}, [convolution, norm, pooled](const at::Tensor& x) {
    return Relu(norm->forward(convolution->forward(pooled ? MaxPool(x) : x)));
  });
}

}  // namespace dfkd
