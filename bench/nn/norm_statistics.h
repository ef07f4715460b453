// How far the statistics of a batch are from those that a network's batch normalisations kept of
// its training data: the image prior of DeepInversion and of everything after it.
#pragma once
#include <ATen/core/Tensor.h>

#include <vector>

#include "bench/nn/classifier.h"

namespace dfkd {

// While alive, collects what the batch normalisations of `net` read, of every pass. One at a time.
class NormWatch {
 public:
  explicit NormWatch(const Classifier& net) : net_(net) { net.WatchNorms(&seen); }
  ~NormWatch() { net_.WatchNorms(nullptr); }
  NormWatch(const NormWatch&) = delete;
  // In the order of the pass; clear it between two.
  std::vector<NormInput> seen;

 private:
  const Classifier& net_;
};

// Sum over layers of w_l (|var_running - var|_2 + |mean_running - mean|_2), biased batch variance,
// norms over channels, not squared (Yin et al. 2020). w_0 = first_weight, all others 1.
at::Tensor NormDistance(const std::vector<NormInput>& norms, double first_weight = 1);

// Sum over layers and channels of KL(N(mean, var) || N(mean_running, var_running)) =
// log(s_r / s) + (var + (mean - mean_r)^2) / (2 var_r) - 1/2 (Choi et al. 2020); 1e-5 is added to
// both variances, as the normalisations do.
at::Tensor NormDivergence(const std::vector<NormInput>& norms);

}  // namespace dfkd
