// Reconstructive neuron pruning: channels that do not come back after unlearning clean images are
// pruned, on 5 % of the clean training data. Li et al., ICML 2023, https://arxiv.org/abs/2305.14876
#pragma once
#include "bench/recipes/reconstructive_pruning.h"
#include "bench/recipes/repair_part.h"

namespace dfkd::rnp {

struct Rnp final : RepairPart<ReconstructivePruningOptions, RepairData::kClean> {
  explicit Rnp(const Options& options) : RepairPart(options, PruneReconstructively, "rnp") {}
};

DFKD_REGISTER(
    Rnp, Rnp::Card({.name = "rnp",
                    .summary = "RNP: channels that recovery does without are pruned, on clean data",
                    .paper = "https://arxiv.org/abs/2305.14876"}));

}  // namespace dfkd::rnp
