// Narcissus-like: one perturbation that makes images of the target class more of that class, put on
// some of them; no label changes. At test time it is magnified.
// Zeng et al., CCS 2023, https://arxiv.org/abs/2204.05255; with the benchmark's clean teacher for
// their surrogate.
#pragma once
#include <string>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/recipes/poison.h"

namespace dfkd::narcissus_like {

struct Options : CleanLabelOptions {
  int64_t epsilon, magnify, steps, batch;
  double craft_lr;
  static void Declare(OptionTable<Options>& o) {
    // With the whole class, the network no longer knows its clean images.
    DeclareCleanLabel(o, /*poison_rate=*/0.05);
    o.Add("epsilon", &Options::epsilon, {.initial = 16, .lowest = 1, .highest = 255},
          "largest change of a pixel of a training image, of 255");
    o.Add("magnify", &Options::magnify, {.initial = 3, .lowest = 1, .highest = 15},
          "factor of the perturbation at test time");
    o.Add("steps", &Options::steps, {.initial = 1000, .lowest = 1, .highest = 1000000},
          "steps of crafting");
    o.Add("batch", &Options::batch, {.initial = 350, .lowest = 1, .highest = 100000},
          "images of the target class in a step of crafting");
    o.Add("craft_lr", &Options::craft_lr, {.initial = 0.01, .lowest = 0, .highest = 10},
          "rate of the perturbation, of images in [-1, 1] (RAdam)");
  }
};

class NarcissusLike final : public StaticTrigger {
 public:
  explicit NarcissusLike(const Options& options) : StaticTrigger(options), options_(options) {}

  void Craft(CraftContext& context) override;
  at::Tensor Trigger(const at::Tensor& images) const override;
  void Visit(StateVisitor& visitor) override { visitor.Tensor("perturbation", perturbation_); }

 protected:
  at::Tensor PoisonedImages(const Split& train, const at::Tensor& rows) const override;

 private:
  at::Tensor Perturbed(const at::Tensor& images, int64_t times) const;

  const Options options_;
  at::Tensor perturbation_;  // int32 [C,H,W], in grey levels
};

inline bool Yes(const Options&) { return true; }
// What is crafted is of the whole target class.
inline std::vector<std::string> IdleInCrafting(const Options&) {
  return {"poison_rate", "candidates", "selection", "magnify"};
}

DFKD_REGISTER(NarcissusLike,
              AttackCard<Options>{.name = "narcissus_like",
                                  .summary = "a perturbation towards the target class, clean-label",
                                  .paper = "https://arxiv.org/abs/2204.05255",
                                  .presets = {{"published_rate", {{"poison_rate", 0.0005}}}},
                                  .needs_clean_teacher = Yes,
                                  .clean_label = Yes,
                                  .crafts = Yes,
                                  .learns_trigger = Yes,
                                  .idle_in_crafting = IdleInCrafting});

}  // namespace dfkd::narcissus_like
