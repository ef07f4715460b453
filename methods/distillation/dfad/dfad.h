// Data-free adversarial distillation: the generator raises, the student lowers the mean absolute
// difference of the logits. Fang et al. 2019, https://arxiv.org/abs/1912.11006
#pragma once
#include "bench/core/registry.h"
#include "bench/recipes/generator_sides.h"
#include "bench/recipes/minmax_distiller.h"

namespace dfkd::dfad {

struct Options : MinMaxOptions {
  // 500 epochs of 50 iterations; both rates fall at epochs 100 and 200.
  static void Declare(OptionTable<Options>& o) {
    DeclareMinMax(o, {.rounds = 25000,
                      .student_steps = 5,
                      .order = "student_first",
                      .distance = "l1",
                      .adversarial_weight = 1,
                      .student_mode = "train",
                      .generator = "dafl",
                      .generator_beta1 = 0.9,
                      .schedule = "drops",
                      .weight_decay = 5e-4,
                      .first_drop = 0.2,
                      .second_drop = 0.4});
  }
};

class Dfad final : public MinMaxDistiller {
 public:
  explicit Dfad(const Options& options) : MinMaxDistiller("dfad", options) {}
};

DFKD_REGISTER(Dfad, DistillerCard<Options>{.name = "dfad",
                                           .summary = "adversarial generator, L1 on logits",
                                           .paper = "https://arxiv.org/abs/1912.11006",
                                           .revision = 2,
                                           // DataFree's version: 200 epochs of 80
                                           .presets = {{"datafree",
                                                        {{"rounds", 16000},
                                                         {"order", "generator_first"},
                                                         {"student_mode", "eval"},
                                                         {"generator", "datafree_large"},
                                                         {"generator_mode", "running"},
                                                         {"generator_beta1", 0.5},
                                                         {"generator_follows", false},
                                                         {"schedule", "cosine"},
                                                         {"weight_decay", 1e-4}}}},
                                           .traits = MinMaxTraits,
                                           .idle_options = MinMaxIdle,
                                           .why_unfit = WhySidesUnfit<Options>});

}  // namespace dfkd::dfad
