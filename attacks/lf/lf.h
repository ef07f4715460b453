// LF: a smooth universal perturbation of low frequency, made against the clean teacher, is the
// trigger of an ordinary poisoning. Zeng, Park, Mao, Jia, "Rethinking the Backdoor Attacks'
// Triggers: A Frequency Perspective", ICCV 2021, https://arxiv.org/abs/2104.03413, as in
// BackdoorBench.
#pragma once
#include <string>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/recipes/poison.h"

namespace dfkd::lf {

struct Options : PoisonOptions {
  int64_t craft_epochs, images, check_images, steps;
  double fooling_rate, strength, sigma, overshoot;
  static void Declare(OptionTable<Options>& o) {
    DeclareAllToOne(o);
    o.Add("strength", &Options::strength, {.initial = 0.2, .lowest = 0, .highest = 1},
          "of the perturbation, whose values are stretched to [0, strength] of pixels in [0, 1]");
    o.Add("sigma", &Options::sigma, {.initial = 6, .lowest = 0.5, .highest = 64},
          "deviation of the Gaussian low-pass filter in pixels; its window has 5 sigma of them");
    o.Add("images", &Options::images, {.initial = 100, .lowest = 1},
          "training images that the perturbation is made of");
    o.Add("check_images", &Options::check_images, {.initial = 100, .lowest = 1},
          "other training images on which its fooling rate is counted after every pass");
    o.Add("fooling_rate", &Options::fooling_rate, {.initial = 0.8, .lowest = 0, .highest = 1},
          "share of them whose answer must change");
    o.Add("craft_epochs", &Options::craft_epochs, {.initial = 50, .lowest = 1},
          "largest number of passes over the images");
    o.Add("steps", &Options::steps, {.initial = 200, .lowest = 1, .highest = 100000},
          "largest number of DeepFool's steps on an image");
    o.Add("overshoot", &Options::overshoot, {.initial = 0.02, .lowest = 0, .highest = 1},
          "DeepFool goes so much further than the boundary");
  }
};

// The low-pass filter of [1,C,H,W]: separable, with zeros outside; the sum of its weights is 1.
// Its window has an even number of taps where 5 sigma is even, and then leans to the lower right.
at::Tensor Smooth(const at::Tensor& perturbation, double sigma);

// Stretched to [0, strength] over all values; what has one value only is left as it is.
at::Tensor Stretch(const at::Tensor& perturbation, double strength);

class LowFrequency final : public StaticTrigger {
 public:
  explicit LowFrequency(const Options& options) : StaticTrigger(options), options_(options) {}

  void Craft(CraftContext& context) override;
  at::Tensor Trigger(const at::Tensor& images) const override;
  void Visit(StateVisitor& visitor) override { visitor.Tensor("perturbation", perturbation_); }

 private:
  const Options options_;
  at::Tensor perturbation_;  // int32 [C,H,W], in grey values
};

inline bool Yes(const Options&) { return true; }
inline std::vector<std::string> IdleInCrafting(const Options&) {
  return {"poison_rate", "candidates", "selection"};
}

// What the code of BackdoorBench runs: its loop ends at 1 - 0.8.
DFKD_REGISTER(LowFrequency,
              AttackCard<Options>{.name = "lf",
                                  .summary = "a smooth perturbation made against a clean teacher",
                                  .paper = "https://arxiv.org/abs/2104.03413",
                                  .presets = {{"faithful", {{"fooling_rate", 0.2}}}},
                                  .needs_clean_teacher = Yes,
                                  .crafts = Yes,
                                  .learns_trigger = Yes,
                                  .idle_in_crafting = IdleInCrafting,
                                  .gate = [](const Options& o) { return o.GateOfLabels(); }});

}  // namespace dfkd::lf
