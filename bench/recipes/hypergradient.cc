#include "bench/recipes/hypergradient.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>

#include "bench/nn/losses.h"

namespace dfkd {

std::vector<at::Tensor> FixedPointHypergradient(const at::Tensor& inner_gradient,
                                                const at::Tensor& variable,
                                                const std::vector<at::Tensor>& parameters,
                                                const at::Tensor& outer_gradient, double step,
                                                int64_t terms) {
  std::vector<at::Tensor> result;
  if (terms == 0 || !inner_gradient.requires_grad()) {  // nothing depends on the parameters
    for (const auto& parameter : parameters) result.push_back(at::zeros_like(parameter));
    return result;
  }
  // dPhi/dd = I - step * H, so no product is needed for the identity's part.
  at::Tensor v = outer_gradient;
  for (int64_t k = 1; k < terms; ++k) {
    const auto hessian_v = VectorJacobian(inner_gradient, v, {variable}, /*retain_graph=*/true)[0];
    v = v - step * hessian_v + outer_gradient;
  }
  result = VectorJacobian(inner_gradient, v, parameters, /*retain_graph=*/false);
  for (auto& gradient : result) gradient = gradient * -step;
  return result;
}

std::vector<at::Tensor> BilevelGradients(const Objective& inner, const Objective& outer,
                                         const at::Tensor& variable,
                                         const std::vector<at::Tensor>& parameters, double step,
                                         int64_t terms) {
  const auto leaf = variable.detach().requires_grad_(true);
  at::Tensor inner_gradient = at::zeros({1}, leaf.options().requires_grad(false));
  if (terms > 0) inner_gradient = Gradients(inner(leaf), {leaf}, /*create_graph=*/true)[0];
  std::vector<at::Tensor> inputs = {leaf};
  inputs.insert(inputs.end(), parameters.begin(), parameters.end());
  const auto direct = Gradients(outer(leaf), inputs);  // by the variable, then by each parameter
  auto result = FixedPointHypergradient(inner_gradient, leaf, parameters, direct[0], step, terms);
  for (size_t i = 0; i < result.size(); ++i) result[i] = result[i] + direct[i + 1];
  return result;
}

at::Tensor MinimizeBySgd(const Objective& loss, const at::Tensor& start, double rate,
                         int64_t steps) {
  at::Tensor point = start.detach();
  for (int64_t t = 0; t < steps; ++t) {
    const auto leaf = point.detach().requires_grad_(true);
    point = (leaf - rate * Gradients(loss(leaf), {leaf})[0]).detach();
  }
  return point;
}

at::Tensor MinimizeByAdam(const Objective& loss, const at::Tensor& start, const at::Tensor& rate,
                          int64_t steps) {
  constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;
  at::Tensor point = start.detach();
  at::Tensor first = at::zeros_like(point), second = at::zeros_like(point);
  for (int64_t t = 1; t <= steps; ++t) {
    const auto leaf = point.detach().requires_grad_(true);
    const auto gradient = Gradients(loss(leaf), {leaf})[0];
    const at::NoGradGuard no_grad;
    first = kBeta1 * first + (1 - kBeta1) * gradient;
    second = kBeta2 * second + (1 - kBeta2) * gradient.square();
    const auto scale = (second / (1 - std::pow(kBeta2, t))).sqrt() + kEpsilon;
    point = point - rate * (first / (1 - std::pow(kBeta1, t))) / scale;
  }
  return point;
}

}  // namespace dfkd
