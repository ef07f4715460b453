#include "bench/recipes/momentum_norms.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include "bench/core/error.h"
#include "bench/nn/numerics.h"
#include "bench/recipes/inversion_pool.h"

namespace dfkd {

at::Tensor MomentumNorms::Distance(const std::vector<NormInput>& norms) {
  DFKD_CHECK(!norms.empty());
  std::vector<at::Tensor> means, vars, running_means, running_vars;
  std::vector<int64_t> channels;
  for (const auto& norm : norms) {
    auto [var, mean] = at::var_mean(AtLeastFloat(norm.input), {0, 2, 3}, /*unbiased=*/false);
    channels.push_back(mean.size(0));
    means.push_back(mean), vars.push_back(var);
    running_means.push_back(norm.running_mean), running_vars.push_back(norm.running_var);
  }
  const auto mean = at::cat(means), var = at::cat(vars);
  seen_means_ = mean.detach(), seen_vars_ = var.detach();
  const auto of_mean = (at::cat(running_means) - Blended(mean, means_)).split_with_sizes(channels);
  const auto of_var = (at::cat(running_vars) - Blended(var, vars_)).split_with_sizes(channels);
  std::vector<at::Tensor> distances;
  for (size_t layer = 0; layer < channels.size(); ++layer)
    distances.push_back(of_var[layer].norm() + of_mean[layer].norm());
  return at::stack(distances).sum();
}

at::Tensor MomentumNorms::Blended(const at::Tensor& now, const at::Tensor& remembered) const {
  return remembered.defined() ? (1 - momentum_) * now + momentum_ * remembered : now;
}

void MomentumNorms::Remember() {
  const at::NoGradGuard no_grad;
  means_ = Blended(seen_means_, means_);
  vars_ = Blended(seen_vars_, vars_);
}

void MomentumNorms::Visit(StateVisitor& visitor, const std::string& prefix) {
  VisitGrowing(visitor, prefix + ".means", means_);
  VisitGrowing(visitor, prefix + ".vars", vars_);
}

}  // namespace dfkd
