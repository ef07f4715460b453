// FT-SAM: fine-tuning with adaptive sharpness-aware minimisation, on 5 % of the clean training
// data. Zhu et al., ICCV 2023, https://arxiv.org/abs/2304.11823
#pragma once
#include "bench/recipes/repair_part.h"
#include "bench/recipes/sharpness_aware.h"

namespace dfkd::ft_sam {

struct FtSam final : RepairPart<SharpnessAwareOptions, RepairData::kClean> {
  explicit FtSam(const Options& options) : RepairPart(options, FineTuneSharpnessAware, "ft_sam") {}
};

DFKD_REGISTER(FtSam, FtSam::Card({.name = "ft_sam",
                                  .summary = "FT-SAM: sharpness-aware fine-tuning on clean data",
                                  .paper = "https://arxiv.org/abs/2304.11823"}));

}  // namespace dfkd::ft_sam
