// FT: fine-tuning of the student, or of the teacher, on 5 % of the clean training data. The
// baseline of backdoor defences; settings of BackdoorBench (Wu et al., NeurIPS 2022),
// https://arxiv.org/abs/2206.12654
#pragma once
#include "bench/recipes/finetune.h"
#include "bench/recipes/repair_part.h"

namespace dfkd::ft {

struct Ft final : RepairPart<FineTuneOptions, RepairData::kClean> {
  explicit Ft(const Options& options) : RepairPart(options, FineTune, "ft") {}
};

DFKD_REGISTER(Ft, Ft::Card({.name = "ft",
                            .summary = "FT: fine-tuning on 5 % of the clean training data",
                            .paper = "https://arxiv.org/abs/2206.12654",
                            .revision = 2}));

}  // namespace dfkd::ft
