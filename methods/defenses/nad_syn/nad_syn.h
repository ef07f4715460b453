// nad on images of the distiller, labelled by the teacher: those labels may be poisoned. Li et al.,
// ICLR 2021, https://arxiv.org/abs/2101.05930
#pragma once
#include "bench/recipes/attention_distillation.h"
#include "bench/recipes/repair_part.h"

namespace dfkd::nad_syn {

struct NadSyn final : RepairPart<AttentionDistillationOptions, RepairData::kSynthetic> {
  explicit NadSyn(const Options& options) : RepairPart(options, DistilAttention, "nad_syn") {}
};

DFKD_REGISTER(NadSyn,
              NadSyn::Card({.name = "nad_syn",
                            .summary = "NAD on images of the distiller, labelled by the teacher",
                            .paper = "https://arxiv.org/abs/2101.05930"}));

}  // namespace dfkd::nad_syn
