// ft_sam on images of the distiller, labelled by the teacher: those labels may be poisoned. Zhu et
// al., ICCV 2023, https://arxiv.org/abs/2304.11823
#pragma once
#include "bench/recipes/repair_part.h"
#include "bench/recipes/sharpness_aware.h"

namespace dfkd::ft_sam_syn {

struct FtSamSyn final : RepairPart<SharpnessAwareOptions, RepairData::kSynthetic> {
  explicit FtSamSyn(const Options& options)
      : RepairPart(options, FineTuneSharpnessAware, "ft_sam_syn") {}
};

DFKD_REGISTER(
    FtSamSyn,
    FtSamSyn::Card({.name = "ft_sam_syn",
                    .summary = "FT-SAM on images of the distiller, labelled by the teacher",
                    .paper = "https://arxiv.org/abs/2304.11823"}));

}  // namespace dfkd::ft_sam_syn
