// Mean and variance of the channels of a batch, with their gradient.
#pragma once
#include <ATen/core/Tensor.h>

namespace dfkd {

struct ChannelMoments {
  at::Tensor mean, var;  // [C], of x's type and device
};

// Over N, H and W of x [N,C,H,W], the variance biased. As at::var_mean, whose Welford recursion in
// float64, one value after the other, was a third of what a step of synthesis costs on a CPU: here
// two passes of vectorised sums, and one for the gradient. Any strides; twice differentiable.
ChannelMoments ChannelMomentsOf(const at::Tensor& x);

}  // namespace dfkd
