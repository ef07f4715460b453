// Adversarial neuron pruning: channels that hurt most when their normalisation is perturbed are
// pruned, on 5 % of the clean training data. Wu and Wang, NeurIPS 2021,
// https://arxiv.org/abs/2110.14430
#pragma once
#include "bench/recipes/adversarial_pruning.h"
#include "bench/recipes/repair_part.h"

namespace dfkd::anp {

struct Anp final : RepairPart<AdversarialPruningOptions, RepairData::kClean> {
  explicit Anp(const Options& options) : RepairPart(options, PruneAdversarially, "anp") {}
};

DFKD_REGISTER(
    Anp, Anp::Card({.name = "anp",
                    .summary = "ANP: channels sensitive to perturbation are pruned, on clean data",
                    .paper = "https://arxiv.org/abs/2110.14430"}));

}  // namespace dfkd::anp
