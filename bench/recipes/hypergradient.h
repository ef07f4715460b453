// Bilevel optimisation by fixed-point iteration (Grazzi et al., ICML 2020, algorithm "FP"), for
// defences that train a student against a perturbation which itself minimises a loss.
#pragma once
#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

namespace dfkd {

// The hypergradient through the map Phi(d, theta) = d - step * inner_gradient(d, theta):
//   v_0 = 0, v_{k+1} = (dPhi/dd)^T v_k + outer_gradient, result (dPhi/dtheta)^T v_terms,
// one tensor per parameter. Without the direct gradient of the outer loss. `inner_gradient` is the
// gradient of the inner loss at `variable`, built with create_graph; it is differentiated `terms`
// times (the product with v_0 is skipped) and its graph is freed.
std::vector<at::Tensor> FixedPointHypergradient(const at::Tensor& inner_gradient,
                                                const at::Tensor& variable,
                                                const std::vector<at::Tensor>& parameters,
                                                const at::Tensor& outer_gradient, double step,
                                                int64_t terms);

// An objective as a function of the variable; it depends on the parameters through its captures.
using Objective = std::function<at::Tensor(const at::Tensor& variable)>;

// Per parameter: the hypergradient of `outer` through the map of `inner`, plus outer's direct
// gradient. Both are evaluated once, at `variable`, inner first.
std::vector<at::Tensor> BilevelGradients(const Objective& inner, const Objective& outer,
                                         const at::Tensor& variable,
                                         const std::vector<at::Tensor>& parameters, double step,
                                         int64_t terms);

// `steps` of plain gradient descent on `loss` from `start`. Returns a detached tensor. As below,
// `loss` is called once a step.
at::Tensor MinimizeBySgd(const Objective& loss, const at::Tensor& start, double rate,
                         int64_t steps);

// `steps` of Adam (torch.optim's defaults) on `loss` from `start`, with `rate` broadcast against
// it. Returns a detached tensor.
at::Tensor MinimizeByAdam(const Objective& loss, const at::Tensor& start, const at::Tensor& rate,
                          int64_t steps);

}  // namespace dfkd
