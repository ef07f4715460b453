#include "bench/recipes/momentum_norms.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include "bench/core/error.h"
#include "bench/nn/moments.h"
#include "bench/nn/numerics.h"
#include "bench/recipes/inversion_pool.h"

namespace dfkd {
namespace {

constexpr double kSmallest = 1e-12;  // a channel without variance stays at its running mean

}  // namespace

at::Tensor MomentumNorms::Distance(const std::vector<NormInput>& norms) {
  DFKD_CHECK(!norms.empty());
  std::vector<at::Tensor> means, vars, running_means, running_vars;
  std::vector<int64_t> channels;
  for (const auto& norm : norms) {
    const auto [mean, var] = ChannelMomentsOf(AtLeastFloat(norm.input));
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

at::Tensor MomentumNorms::Restored(const std::vector<NormInput>& norms, size_t layer) const {
  const at::NoGradGuard no_grad;
  const auto& norm = norms.at(layer);
  const auto x = AtLeastFloat(norm.input);
  int64_t before = 0;
  for (size_t i = 0; i < layer; ++i) before += norms[i].running_mean.size(0);
  const auto remembered = [&](const at::Tensor& all) {
    return all.defined() ? all.narrow(0, before, x.size(1)) : all;
  };
  const auto [var_now, mean_now] = at::var_mean(x, {0, 2, 3}, /*unbiased=*/true);
  const auto mean = Blended(mean_now, remembered(means_));
  const auto var = Blended(var_now, remembered(vars_)).clamp_min(kSmallest);
  const auto of_channels = [](const at::Tensor& values) { return values.view({1, -1, 1, 1}); };
  const auto scale = (norm.running_var / var).sqrt();
  return (x - of_channels(mean)) * of_channels(scale) + of_channels(norm.running_mean);
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
