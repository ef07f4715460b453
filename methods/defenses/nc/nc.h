// Neural Cleanse: patches reversed for each class; those of flagged classes are unlearned, on 5 %
// of the clean training data. Wang et al., S&P 2019, https://doi.org/10.1109/SP.2019.00031
#pragma once
#include "bench/recipes/neural_cleanse.h"
#include "bench/recipes/repair_part.h"

namespace dfkd::nc {

struct Nc final : RepairPart<NeuralCleanseOptions, RepairData::kClean> {
  explicit Nc(const Options& options) : RepairPart(options, CleanseAndUnlearn, "nc") {}
};

DFKD_REGISTER(Nc,
              Nc::Card({.name = "nc",
                        .summary = "NC: unlearns the patches of suspicious classes, on clean data",
                        .paper = "https://doi.org/10.1109/SP.2019.00031",
                        .revision = 3}));

}  // namespace dfkd::nc
