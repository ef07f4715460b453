// tac_like on images of the distiller, labelled by the teacher: those labels may be poisoned. After
// the abstract of TAC, https://arxiv.org/abs/2511.08944
#pragma once
#include "bench/recipes/feature_shift.h"
#include "bench/recipes/repair_part.h"

namespace dfkd::tac_like_syn {

struct TacLikeSyn final : RepairPart<FeatureShiftOptions, RepairData::kSynthetic> {
  explicit TacLikeSyn(const Options& options)
      : RepairPart(options, UnlearnFeatureShifts, "tac_like_syn") {}
};

DFKD_REGISTER(
    TacLikeSyn,
    TacLikeSyn::Card({.name = "tac_like_syn",
                      .summary = "TAC-like on images of the distiller, labelled by the teacher",
                      .paper = "https://arxiv.org/abs/2511.08944",
                      .revision = 2}));

}  // namespace dfkd::tac_like_syn
