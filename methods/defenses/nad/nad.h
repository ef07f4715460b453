// Neural attention distillation: a fine-tuned copy teaches the model where to look, on 5 % of the
// clean training data. Li et al., ICLR 2021, https://arxiv.org/abs/2101.05930
#pragma once
#include "bench/recipes/attention_distillation.h"
#include "bench/recipes/repair_part.h"

namespace dfkd::nad {

struct Nad final : RepairPart<AttentionDistillationOptions, RepairData::kClean> {
  explicit Nad(const Options& options) : RepairPart(options, DistilAttention, "nad") {}
};

DFKD_REGISTER(Nad,
              Nad::Card({.name = "nad",
                         .summary = "NAD: a fine-tuned copy teaches its attention, on clean data",
                         .paper = "https://arxiv.org/abs/2101.05930"}));

}  // namespace dfkd::nad
