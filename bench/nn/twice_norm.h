// Batch normalisation in training whose second derivative is one formula. LibTorch composes it of
// some thirty operations over whole activations, half the time of a bilevel step on a CPU.
#pragma once
#include <ATen/core/Tensor.h>

namespace dfkd {

// As at::batch_norm(x, weight, bias, running_mean, running_var, training = true, …): the same
// values, running statistics and first derivatives, and a second derivative (by x, weight and the
// incoming gradient) that is equal up to rounding. There is no third: taking one throws. On a CPU,
// float32 or float64. `x` [N,C,H,W] is contiguous or channels-last; incoming gradients are brought
// into its memory format.
at::Tensor TwiceDifferentiableNorm(const at::Tensor& x, const at::Tensor& weight,
                                   const at::Tensor& bias, const at::Tensor& running_mean,
                                   const at::Tensor& running_var, double momentum, double epsilon);

}  // namespace dfkd
