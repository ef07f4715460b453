// nc on images of the distiller, labelled by the teacher: those labels may be poisoned. Wang et
// al., S&P 2019, https://doi.org/10.1109/SP.2019.00031
#pragma once
#include "bench/recipes/neural_cleanse.h"
#include "bench/recipes/repair_part.h"

namespace dfkd::nc_syn {

struct NcSyn final : RepairPart<NeuralCleanseOptions, RepairData::kSynthetic> {
  explicit NcSyn(const Options& options) : RepairPart(options, CleanseAndUnlearn, "nc_syn") {}
};

DFKD_REGISTER(NcSyn,
              NcSyn::Card({.name = "nc_syn",
                           .summary = "NC on images of the distiller, labelled by the teacher",
                           .paper = "https://doi.org/10.1109/SP.2019.00031",
                           .revision = 3}));

}  // namespace dfkd::nc_syn
