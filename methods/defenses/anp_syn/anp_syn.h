// anp on images of the distiller, labelled by the teacher: those labels may be poisoned. Wu and
// Wang, NeurIPS 2021, https://arxiv.org/abs/2110.14430
#pragma once
#include "bench/recipes/adversarial_pruning.h"
#include "bench/recipes/repair_part.h"

namespace dfkd::anp_syn {

struct AnpSyn final : RepairPart<AdversarialPruningOptions, RepairData::kSynthetic> {
  explicit AnpSyn(const Options& options) : RepairPart(options, PruneAdversarially, "anp_syn") {}
};

DFKD_REGISTER(AnpSyn,
              AnpSyn::Card({.name = "anp_syn",
                            .summary = "ANP on images of the distiller, labelled by the teacher",
                            .paper = "https://arxiv.org/abs/2110.14430"}));

}  // namespace dfkd::anp_syn
