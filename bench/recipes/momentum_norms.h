// How far the statistics of the images made so far are from those that a network's batch
// normalisations kept: NormDistance with a memory (Fang et al. 2022, "Up to 100x Faster Data-free
// Knowledge Distillation"). Few images at a time then match together what none of the batches could
// match alone.
#pragma once
#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/nn/classifier.h"

namespace dfkd {

class MomentumNorms {
 public:
  // `momentum` m in [0, 1): 0 remembers nothing.
  explicit MomentumNorms(double momentum) : momentum_(momentum) {}

  // Sum over layers of |var_r - (1 - m) var - m var~|_2 + |mean_r - (1 - m) mean - m mean~|_2 with
  // the remembered var~ and mean~; NormDistance while there are none. Always of one network.
  at::Tensor Distance(const std::vector<NormInput>& norms);
  // What batch normalisation `layer` of `norms` read, [N,C,H,W], brought from the statistics of
  // these images (unbiased variance) and the remembered ones to the running ones:
  // (x - mean) sqrt(var_r / var) + mean_r, with mean and var as Distance compares them. No
  // gradient.
  at::Tensor Restored(const std::vector<NormInput>& norms, size_t layer) const;
  // What the last Distance saw enters the memory: X~ becomes m X~ + (1 - m) X, the first time X.
  void Remember();
  void Visit(StateVisitor& visitor, const std::string& prefix);

 private:
  at::Tensor Blended(const at::Tensor& now, const at::Tensor& remembered) const;

  const double momentum_;
  // Of all layers side by side, [channels of all].
  at::Tensor means_, vars_, seen_means_, seen_vars_;
};

}  // namespace dfkd
