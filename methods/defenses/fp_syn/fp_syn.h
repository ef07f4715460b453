// fp on images of the distiller, labelled by the teacher: those labels may be poisoned. Liu et al.,
// RAID 2018, https://arxiv.org/abs/1805.12185
#pragma once
#include "bench/recipes/fine_pruning.h"
#include "bench/recipes/repair_part.h"

namespace dfkd::fp_syn {

struct FpSyn final : RepairPart<FinePruningOptions, RepairData::kSynthetic> {
  explicit FpSyn(const Options& options) : RepairPart(options, FinePrune, "fp_syn") {}
};

DFKD_REGISTER(FpSyn,
              FpSyn::Card({.name = "fp_syn",
                           .summary = "FP on images of the distiller, labelled by the teacher",
                           .paper = "https://arxiv.org/abs/1805.12185"}));

}  // namespace dfkd::fp_syn
