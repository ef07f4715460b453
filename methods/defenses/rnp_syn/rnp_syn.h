// rnp on images of the distiller, labelled by the teacher: those labels may be poisoned. Li et al.,
// ICML 2023, https://arxiv.org/abs/2305.14876
#pragma once
#include "bench/recipes/reconstructive_pruning.h"
#include "bench/recipes/repair_part.h"

namespace dfkd::rnp_syn {

struct RnpSyn final : RepairPart<ReconstructivePruningOptions, RepairData::kSynthetic> {
  explicit RnpSyn(const Options& options) : RepairPart(options, PruneReconstructively, "rnp_syn") {}
};

DFKD_REGISTER(RnpSyn,
              RnpSyn::Card({.name = "rnp_syn",
                            .summary = "RNP on images of the distiller, labelled by the teacher",
                            .paper = "https://arxiv.org/abs/2305.14876"}));

}  // namespace dfkd::rnp_syn
