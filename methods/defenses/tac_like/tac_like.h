// A class that every image reaches by a small shift of its features is unlearned, on 5 % of the
// clean training data. After the abstract of TAC, https://arxiv.org/abs/2511.08944
#pragma once
#include "bench/recipes/feature_shift.h"
#include "bench/recipes/repair_part.h"

namespace dfkd::tac_like {

struct TacLike final : RepairPart<FeatureShiftOptions, RepairData::kClean> {
  explicit TacLike(const Options& options)
      : RepairPart(options, UnlearnFeatureShifts, "tac_like") {}
};

DFKD_REGISTER(
    TacLike, TacLike::Card({.name = "tac_like",
                            .summary = "TAC-like: unlearns small shifts of features, on clean data",
                            .paper = "https://arxiv.org/abs/2511.08944",
                            .revision = 2}));

}  // namespace dfkd::tac_like
