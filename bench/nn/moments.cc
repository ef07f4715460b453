#include "bench/nn/moments.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <torch/csrc/autograd/custom_function.h>

namespace dfkd {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

at::Tensor OverImages(const at::Tensor& x) { return x.mean({0, 2, 3}); }

at::Tensor OfChannels(const at::Tensor& values) { return values.view({1, -1, 1, 1}); }

class MomentsFunction : public torch::autograd::Function<MomentsFunction> {
 public:
  static variable_list forward(AutogradContext* ctx, const at::Tensor& x) {
    const auto mean = OverImages(x);
    const auto centred = x - OfChannels(mean);
    ctx->save_for_backward({x, mean});
    return {mean, OverImages(centred * centred)};
  }

  // d mean / dx = 1 / M, d var / dx = 2 (x - mean) / M, M = N H W; as offset + slope x.
  static variable_list backward(AutogradContext* ctx, const variable_list& incoming) {
    const auto saved = ctx->get_saved_variables();
    const auto &x = saved[0], &mean = saved[1];
    const auto values = static_cast<double>(x.numel() / x.size(1));
    const auto slope = incoming[1] * (2 / values);
    const auto offset = incoming[0] / values - slope * mean;
    return {at::addcmul(OfChannels(offset), x, OfChannels(slope))};
  }
};

}  // namespace

ChannelMoments ChannelMomentsOf(const at::Tensor& x) {
  const auto moments = MomentsFunction::apply(x);
  return {moments[0], moments[1]};
}

}  // namespace dfkd
