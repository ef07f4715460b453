// Fine-pruning: features that clean images hardly use are cut off, then the rest is fine-tuned, on
// 5 % of the clean training data. Liu et al., RAID 2018, https://arxiv.org/abs/1805.12185
#pragma once
#include "bench/recipes/fine_pruning.h"
#include "bench/recipes/repair_part.h"

namespace dfkd::fp {

struct Fp final : RepairPart<FinePruningOptions, RepairData::kClean> {
  explicit Fp(const Options& options) : RepairPart(options, FinePrune, "fp") {}
};

DFKD_REGISTER(
    Fp, Fp::Card({.name = "fp",
                  .summary = "FP: unused features are pruned, then fine-tuning, on clean data",
                  .paper = "https://arxiv.org/abs/1805.12185"}));

}  // namespace dfkd::fp
