#include "bench/nn/twice_layers.h"

#include <ATen/ops/convolution.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/threshold_backward.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <array>
#include <tuple>

namespace dfkd {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct Strides {
  int64_t stride, padding;
};

// A filter sees the channels of its group alone.
int64_t GroupsOf(const at::Tensor& x, const at::Tensor& weight) {
  return x.size(1) / weight.size(1);
}

void Keep(AutogradContext* ctx, const Strides& strides) {
  ctx->saved_data["stride"] = strides.stride;
  ctx->saved_data["padding"] = strides.padding;
}

Strides Kept(AutogradContext* ctx) {
  return {ctx->saved_data["stride"].toInt(), ctx->saved_data["padding"].toInt()};
}

// A convolution and its two gradients are bilinear, and the derivatives of each are the two others:
//   y = Convolved(x, w), dx = InputGradient(g, w), dw = WeightGradient(x, g).
// `x` of InputGradient and `weight` of WeightGradient are read for their shape and layout only.
at::Tensor Convolved(const at::Tensor& x, const at::Tensor& weight, const Strides& strides);
at::Tensor InputGradient(const at::Tensor& g, const at::Tensor& weight, const at::Tensor& x,
                         const Strides& strides);
at::Tensor WeightGradient(const at::Tensor& x, const at::Tensor& g, const at::Tensor& weight,
                          const Strides& strides);

std::tuple<at::Tensor, at::Tensor, at::Tensor> Backward(const at::Tensor& g, const at::Tensor& x,
                                                        const at::Tensor& weight,
                                                        const Strides& strides,
                                                        std::array<bool, 3> wanted) {
  return at::convolution_backward(
      g, x, weight, /*bias_sizes=*/at::OptionalIntArrayRef{}, {strides.stride, strides.stride},
      {strides.padding, strides.padding}, /*dilation=*/{1, 1},
      /*transposed=*/false, /*output_padding=*/{0, 0}, GroupsOf(x, weight), wanted);
}

class ConvolvedFunction : public torch::autograd::Function<ConvolvedFunction> {
 public:
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& weight,
                            const Strides& strides) {
    ctx->save_for_backward({x, weight});
    Keep(ctx, strides);
    return at::convolution(x, weight, /*bias=*/{}, {strides.stride, strides.stride},
                           {strides.padding, strides.padding}, /*dilation=*/{1, 1},
                           /*transposed=*/false, /*output_padding=*/{0, 0}, GroupsOf(x, weight));
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& incoming) {
    const auto saved = ctx->get_saved_variables();
    const auto &x = saved[0], &weight = saved[1], &g = incoming[0];
    const auto strides = Kept(ctx);
    variable_list result(3);
    if (ctx->needs_input_grad(0)) result[0] = InputGradient(g, weight, x.detach(), strides);
    if (ctx->needs_input_grad(1)) result[1] = WeightGradient(x, g, weight.detach(), strides);
    return result;
  }
};

class InputGradientFunction : public torch::autograd::Function<InputGradientFunction> {
 public:
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& g, const at::Tensor& weight,
                            const at::Tensor& x, const Strides& strides) {
    ctx->save_for_backward({g, weight});
    Keep(ctx, strides);
    return std::get<0>(Backward(g, x, weight, strides, {true, false, false}));
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& incoming) {
    const auto saved = ctx->get_saved_variables();
    const auto &g = saved[0], &weight = saved[1], &u = incoming[0];
    const auto strides = Kept(ctx);
    variable_list result(4);
    if (ctx->needs_input_grad(0)) result[0] = Convolved(u, weight, strides);
    if (ctx->needs_input_grad(1)) result[1] = WeightGradient(u, g, weight.detach(), strides);
    return result;
  }
};

class WeightGradientFunction : public torch::autograd::Function<WeightGradientFunction> {
 public:
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& g,
                            const at::Tensor& weight, const Strides& strides) {
    ctx->save_for_backward({x, g});
    Keep(ctx, strides);
    return std::get<1>(Backward(g, x, weight, strides, {false, true, false}));
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& incoming) {
    const auto saved = ctx->get_saved_variables();
    const auto &x = saved[0], &g = saved[1], &u = incoming[0];
    const auto strides = Kept(ctx);
    variable_list result(4);
    if (ctx->needs_input_grad(0)) result[0] = InputGradient(g, u, x.detach(), strides);
    if (ctx->needs_input_grad(1)) result[1] = Convolved(x, u, strides);
    return result;
  }
};

at::Tensor Convolved(const at::Tensor& x, const at::Tensor& weight, const Strides& strides) {
  return ConvolvedFunction::apply(x, weight, strides);
}

at::Tensor InputGradient(const at::Tensor& g, const at::Tensor& weight, const at::Tensor& x,
                         const Strides& strides) {
  return InputGradientFunction::apply(g, weight, x, strides);
}

at::Tensor WeightGradient(const at::Tensor& x, const at::Tensor& g, const at::Tensor& weight,
                          const Strides& strides) {
  return WeightGradientFunction::apply(x, g, weight, strides);
}

class ReluFunction : public torch::autograd::Function<ReluFunction> {
 public:
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x) {
    const auto y = at::relu(x);
    ctx->save_for_backward({y});
    return y;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& incoming) {
    return {at::threshold_backward(incoming[0], ctx->get_saved_variables()[0].detach(), 0)};
  }
};

}  // namespace

at::Tensor TwiceDifferentiableConvolution(const at::Tensor& x, const at::Tensor& weight,
                                          const at::Tensor& bias, int64_t stride, int64_t padding) {
  const auto y = Convolved(x, weight, {stride, padding});
  return bias.defined() ? y + bias.view({1, -1, 1, 1}) : y;
}

at::Tensor Relu(const at::Tensor& x) {
  return c10::GradMode::is_enabled() ? ReluFunction::apply(x) : at::relu(x);
}

}  // namespace dfkd
