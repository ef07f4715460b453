// I-BAU without data: i_bau on images of the distiller, labelled by the teacher; close kin of
// self_retrospection. Zeng et al., ICLR 2022, https://arxiv.org/abs/2110.03735
#pragma once
#include "bench/recipes/repair_part.h"
#include "bench/recipes/unlearning.h"

namespace dfkd::i_bau_syn {

struct IBauSyn final : RepairPart<UnlearningOptions, RepairData::kSynthetic> {
  explicit IBauSyn(const Options& options) : RepairPart(options, Unlearn, "i_bau_syn") {}
};

DFKD_REGISTER(IBauSyn,
              IBauSyn::Card({.name = "i_bau_syn",
                             .summary = "I-BAU on images of the distiller, labelled by the teacher",
                             .paper = "https://arxiv.org/abs/2110.03735",
                             .revision = 5}));

}  // namespace dfkd::i_bau_syn
