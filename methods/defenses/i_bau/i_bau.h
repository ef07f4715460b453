// I-BAU: the student, or the teacher, unlearns whatever perturbation hurts it most, on 5 % of the
// clean training data. Zeng et al., ICLR 2022, https://arxiv.org/abs/2110.03735
#pragma once
#include "bench/recipes/repair_part.h"
#include "bench/recipes/unlearning.h"

namespace dfkd::i_bau {

struct IBau final : RepairPart<UnlearningOptions, RepairData::kClean> {
  explicit IBau(const Options& options) : RepairPart(options, Unlearn, "i_bau") {}
};

DFKD_REGISTER(IBau, IBau::Card({.name = "i_bau",
                                .summary = "I-BAU: unlearns the worst perturbation, on clean data",
                                .paper = "https://arxiv.org/abs/2110.03735",
                                .revision = 5}));

}  // namespace dfkd::i_bau
