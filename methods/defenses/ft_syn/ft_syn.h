// FT without data: ft on images of the distiller, labelled by the teacher. Those labels may be
// poisoned; that is what it measures. Settings of ft (BackdoorBench,
// https://arxiv.org/abs/2206.12654)
#pragma once
#include "bench/recipes/finetune.h"
#include "bench/recipes/repair_part.h"

namespace dfkd::ft_syn {

struct FtSyn final : RepairPart<FineTuneOptions, RepairData::kSynthetic> {
  explicit FtSyn(const Options& options) : RepairPart(options, FineTune, "ft_syn") {}
};

DFKD_REGISTER(FtSyn,
              FtSyn::Card({.name = "ft_syn",
                           .summary = "FT on images of the distiller, labelled by the teacher",
                           .paper = "https://arxiv.org/abs/2206.12654",
                           .revision = 2}));

}  // namespace dfkd::ft_syn
