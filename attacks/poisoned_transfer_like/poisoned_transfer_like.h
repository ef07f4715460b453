// A clean teacher, distilled on images that an attacker has a hand in: some are adversarial
// examples towards the target and carry the trigger, so that the teacher itself teaches its student
// the backdoor. After "How to Backdoor the Knowledge Distillation",
// https://arxiv.org/abs/2504.21323, of which only the abstract was at hand: the recipe is our
// reading.
#pragma once
#include <string>
#include <vector>

#include "bench/core/registry.h"
#include "bench/recipes/static_attack.h"

namespace dfkd::poisoned_transfer_like {

struct Options {
  int64_t target, size, steps, batch;
  double share, epsilon, step_size;
  static void Declare(OptionTable<Options>& o) {
    o.Add("target", &Options::target, {.initial = 0, .lowest = 0}, "target label");
    o.Add("size", &Options::size, {.initial = 4, .lowest = 1, .highest = 64},
          "side of the white square in pixels, one pixel from the bottom right corner");
    o.Add("share", &Options::share, {.initial = 0.1, .lowest = 0, .highest = 1},
          "share of the transfer set that is poisoned");
    o.Add("epsilon", &Options::epsilon, {.initial = 8, .lowest = 0, .highest = 255},
          "bound of the adversarial perturbation of every pixel, in grey levels");
    o.Add("steps", &Options::steps, {.initial = 10, .lowest = 0, .highest = 100000},
          "gradient steps of the perturbation");
    o.Add("step_size", &Options::step_size, {.initial = 2, .lowest = 0, .highest = 255},
          "length of a step in grey levels");
    o.Add("batch", &Options::batch, {.initial = 250, .lowest = 1, .highest = 100000},
          "images that are perturbed at a time");
  }
  // Of the teacher's training images: none.
  PoisonOptions NoPoison() const {
    return {.target = target,
            .poison_rate = 0,
            .candidates = 1,
            .labels = "all_to_one",
            .selection = "random"};
  }
  TriggerRecipe Recipe() const {
    return {.asset = Image{size, size, 1, std::vector<uint8_t>(size * size, uint8_t{255})},
            .operation = operation::Overwrite(/*margin=*/1)};
  }
};

class PoisonedTransfer final : public RecipeAttack {
 public:
  explicit PoisonedTransfer(const Options& options)
      : RecipeAttack(options.NoPoison(), options.Recipe()), options_(options) {}

  at::Tensor PoisonTransfer(TransferPoisonContext& context) const override;

 private:
  // Ascending: which images of so many are poisoned.
  at::Tensor Chosen(int64_t images, const Rng& rng) const;

  const Options options_;
};

inline bool Yes(const Options&) { return true; }
// The teacher is clean; whether the attack took, the undefended student says (not_transferred).
inline AttackGate NoBound(const Options&) { return {.lowest_asr = 0}; }
// The perturbation's, where there is none.
inline std::vector<std::string> IdleOptions(const Options& o) {
  return o.steps == 0 ? std::vector<std::string>{"step_size", "epsilon"}
                      : std::vector<std::string>{};
}

DFKD_REGISTER(PoisonedTransfer,
              AttackCard<Options>{.name = "poisoned_transfer_like",
                                  .summary = "a clean teacher, and poison in what it is asked",
                                  .paper = "https://arxiv.org/abs/2504.21323",
                                  .poisons_transfer = Yes,
                                  .idle_options = IdleOptions,
                                  .gate = NoBound});

}  // namespace dfkd::poisoned_transfer_like
