// Data-free learning of student networks: the generator makes images of which the teacher is sure,
// with strong activations, of all classes alike; the student imitates. Not adversarial. Chen et
// al., ICCV 2019, https://arxiv.org/abs/1904.01186
#pragma once
#include "bench/core/registry.h"
#include "bench/recipes/generator_sides.h"
#include "bench/recipes/minmax_distiller.h"

namespace dfkd::dafl {

struct Options : MinMaxOptions {
  // DataFree's schedule, 200 epochs of 80: a hundredth of the original's cost.
  static void Declare(OptionTable<Options>& o) {
    DeclareMinMax(o, {.rounds = 16000,
                      .student_steps = 5,
                      .one_hot_weight = 1,
                      .activation_weight = 1e-3,
                      .balance_weight = 20,
                      .latent = 512,
                      .generator_follows = false});
  }
};

class Dafl final : public MinMaxDistiller {
 public:
  explicit Dafl(const Options& options) : MinMaxDistiller("dafl", options) {}
};

// The published settings. `one_hot`, `balance`, `activation` are the README's oh, ie, a; its
// balance has decimal logarithms.
inline Json Original(double one_hot, double balance, double activation) {
  constexpr double kLn10 = 2.302585092994046;
  return {{"rounds", 240000},
          {"batch_size", 1024},
          {"student_steps", 1},
          {"order", "simultaneous"},
          {"one_hot_weight", one_hot},
          {"balance_weight", balance / kLn10},
          {"generator", "dafl"},
          {"activation_weight", activation},
          {"latent", 1000},
          {"norm_epsilon", 0.8},
          {"generator_lr", 0.02},
          {"generator_beta1", 0.9},
          {"schedule", "drops"},
          {"weight_decay", 5e-4}};
}

inline Json OriginalMnist() {
  auto options = Original(1, 5, 0.1);
  options.update({{"rounds", 24000},
                  {"batch_size", 512},
                  {"latent", 100},
                  {"generator_lr", 0.2},
                  {"student_optimizer", "adam"},
                  {"student_lr", 2e-3},
                  {"weight_decay", 0},
                  {"schedule", "constant"}});
  return options;
}

DFKD_REGISTER(Dafl,
              DistillerCard<Options>{.name = "dafl",
                                     .summary = "generator of images the teacher is sure of",
                                     .paper = "https://arxiv.org/abs/1904.01186",
                                     .revision = 2,
                                     .presets = {{"original", Original(0.05, 5, 0.01)},
                                                 {"original_cifar100", Original(0.5, 20, 0.1)},
                                                 {"original_mnist", OriginalMnist()}},
                                     .traits = MinMaxTraits,
                                     .idle_options = MinMaxIdle,
                                     .why_unfit = WhySidesUnfit<Options>});

}  // namespace dfkd::dafl
