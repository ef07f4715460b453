#include "bench/nn/norm_statistics.h"

#include <ATen/ATen.h>

#include "bench/nn/moments.h"
#include "bench/nn/numerics.h"

namespace dfkd {
namespace {

constexpr double kEpsilon = 1e-5;  // of the batch normalisations themselves: a dead channel has
                                   // variance 0

ChannelMoments MomentsOf(const NormInput& norm) {
  return ChannelMomentsOf(AtLeastFloat(norm.input));
}

at::Tensor Sum(const at::Tensor& sum, const at::Tensor& term) {
  return sum.defined() ? sum + term : term;
}

}  // namespace

at::Tensor NormDistance(const std::vector<NormInput>& norms, double first_weight) {
  at::Tensor sum;
  for (const auto& norm : norms) {
    const auto [mean, var] = MomentsOf(norm);
    const auto distance = (norm.running_var - var).norm() + (norm.running_mean - mean).norm();
    sum = sum.defined() || first_weight == 1 ? Sum(sum, distance) : first_weight * distance;
  }
  return sum;
}

at::Tensor NormDivergence(const std::vector<NormInput>& norms) {
  at::Tensor sum;
  for (const auto& norm : norms) {
    const auto [mean, batch_var] = MomentsOf(norm);
    const auto var = batch_var + kEpsilon, running_var = norm.running_var + kEpsilon;
    const auto divergence = (running_var / var).log() / 2 - 0.5 +
                            (var + (mean - norm.running_mean).square()) / (2 * running_var);
    sum = Sum(sum, divergence.sum());
  }
  return sum;
}

}  // namespace dfkd
