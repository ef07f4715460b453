#include "bench/nn/vgg.h"

#include <ATen/ops/relu.h>

namespace dfkd {

VggSmallImpl::VggSmallImpl(int64_t width, const ImageSpec& spec) {
  AddLayer(1, spec.channels, width, 2);
  AddLayer(2, width, width, 1);
  AddLayer(3, width, 2 * width, 2);
  AddLayer(4, 2 * width, 4 * width, 2);
  fc = register_module("fc", torch::nn::Linear(4 * width, spec.classes));
  AddSegment("head", {}, [this](const at::Tensor& x) { return fc(GlobalAveragePool(x)); });
}

void VggSmallImpl::AddLayer(int64_t number, int64_t in, int64_t out, int64_t stride) {
  const auto suffix = std::to_string(number);
  auto convolution = register_module("conv" + suffix, MakeConvolution(in, out, 3, stride));
  auto norm = register_module("bn" + suffix, BatchNorm(out));
  AddSegment("conv" + suffix, {{"conv" + suffix, convolution}},
             [convolution, norm](const at::Tensor& x) {
               return at::relu(norm->forward(convolution->forward(x)));
             });
}

}  // namespace dfkd
