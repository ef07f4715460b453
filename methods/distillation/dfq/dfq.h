// Data-free adversarial distillation with the statistics of batch normalisations, from data-free
// quantisation: disagreement, held near the training data by the teacher's running statistics, by
// sure answers to each image and by balanced ones over a batch. Choi et al., CVPR-W 2020,
// https://arxiv.org/abs/2005.04136
#pragma once
#include "bench/core/registry.h"
#include "bench/recipes/generator_sides.h"
#include "bench/recipes/minmax_distiller.h"

namespace dfkd::dfq {

constexpr double kAlpha = 0.1;                 // of all priors together
constexpr double kDecimal = 0.43429448190325;  // 1 / ln 10

struct Options : MinMaxOptions {
  // L_G = - KL(T || S) + alpha (KL of the statistics + mean entropy - entropy of the mean); 200
  // epochs of 400.
  static void Declare(OptionTable<Options>& o) {
    DeclareMinMax(o, {.rounds = 80000,
                      .adversarial_weight = 1,
                      .norm_weight = kAlpha,
                      .entropy_weight = kAlpha,
                      .balance_weight = kAlpha,
                      .norm_form = "divergence",
                      .weight_decay = 5e-4,
                      .nesterov = true});
  }
};

class Dfq final : public MinMaxDistiller {
 public:
  explicit Dfq(const Options& options) : MinMaxDistiller("dfq", options) {}
};

// DataFree's version: 200 epochs of 40.
inline Json DataFree() {
  return {{"rounds", 8000},
          {"student_steps", 10},
          {"norm_weight", 1},
          {"one_hot_weight", 1},
          {"norm_form", "distance"},
          {"entropy_weight", 0},
          {"balance_weight", 20},
          {"generator_mode", "running"},
          {"generator_follows", false},
          {"weight_decay", 1e-4},
          {"nesterov", false}};
}

// CDFKD's version, with the signs of the paper.
inline Json Cdfkd() {
  return {{"rounds", 16000},
          {"student_steps", 5},
          {"norm_form", "distance"},
          {"first_norm_weight", 5},
          {"entropy_weight", kAlpha * kDecimal},
          {"balance_weight", kAlpha * kDecimal}};
}

DFKD_REGISTER(Dfq, DistillerCard<Options>{
                       .name = "dfq",
                       .summary = "adversarial generator held near the teacher's statistics",
                       .paper = "https://arxiv.org/abs/2005.04136",
                       .revision = 2,
                       .presets = {{"datafree", DataFree()}, {"cdfkd", Cdfkd()}},
                       .traits = MinMaxTraits,
                       .idle_options = MinMaxIdle,
                       .why_unfit = WhySidesUnfit<Options>});

}  // namespace dfkd::dfq
