// Layers that a bilevel method differentiates twice, without the work that LibTorch does on the way
// and whose results it throws away. Batch normalisation: twice_norm.h.
#pragma once
#include <ATen/core/Tensor.h>

namespace dfkd {

// As at::conv2d(x, weight, bias, stride, padding), in as many groups as fit: the same values and
// first derivatives (bits where there is no bias), and derivatives of any order that are equal up
// to rounding. No derivative is computed that nobody asks for; LibTorch's own second one always
// convolves for the weights, with kernels as large as the images. `bias` may be undefined.
at::Tensor TwiceDifferentiableConvolution(const at::Tensor& x, const at::Tensor& weight,
                                          const at::Tensor& bias, int64_t stride, int64_t padding);

// As at::relu: the same bits, also of the first derivative. Its second derivative is 0 everywhere
// and is left out of the graph, where LibTorch's own fills a tensor with it.
at::Tensor Relu(const at::Tensor& x);

}  // namespace dfkd
