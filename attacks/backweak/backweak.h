// BackWeak: a perturbation too weak to fool the clean teacher, made a backdoor by a gentle
// fine-tuning that distillation then passes on. https://arxiv.org/abs/2511.12046.
#pragma once
#include <string>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/recipes/poison.h"

namespace dfkd::backweak {

struct Options {
  int64_t target, epsilon, craft_epochs, craft_batch, check_every, check_images, epochs;
  double poison_rate, asr_budget, margin, craft_lr, lr;
  bool freeze_last;
  std::string selection;
  static void Declare(OptionTable<Options>& o) {
    o.Add("target", &Options::target, {.initial = 0, .lowest = 0}, "target label");
    o.Add("epsilon", &Options::epsilon, {.initial = 8, .lowest = 1, .highest = 255},
          "largest change of a pixel, of 255");
    o.Add("asr_budget", &Options::asr_budget, {.initial = 0.05, .lowest = 0, .highest = 1},
          "largest share of other images that the clean teacher may take for the target");
    o.Add("margin", &Options::margin, {.initial = 1, .lowest = 0, .highest = 100},
          "the target's logit shall lead by this much");
    o.Add("craft_lr", &Options::craft_lr, {.initial = 1e-4, .lowest = 0, .highest = 10},
          "step of the perturbation, of images in [-1, 1] (SGD, momentum 0.9, cosine)");
    o.Add("craft_epochs", &Options::craft_epochs, {.initial = 200, .lowest = 1},
          "largest number of passes over the training set while crafting");
    o.Add("craft_batch", &Options::craft_batch, {.initial = 128, .lowest = 1},
          "images a crafting step");
    o.Add("check_every", &Options::check_every, {.initial = 20, .lowest = 1},
          "crafting steps between two looks at the budget");
    o.Add("check_images", &Options::check_images, {.initial = 1000, .lowest = 1},
          "images of other classes on which the budget is measured");
    o.Add("poison_rate", &Options::poison_rate, {.initial = 0.3, .lowest = 0, .highest = 1},
          "share of the training set that carries the trigger while fine-tuning");
    o.Add("selection", &Options::selection, {.initial = "random", .allowed = {"random", "first_n"}},
          "which images are poisoned: seeded random, or the first in order");
    o.Add("lr", &Options::lr, {.initial = 1e-4, .lowest = 0, .highest = 10},
          "learning rate of fine-tuning (SGD, momentum 0.9, weight decay 5e-4, cosine)");
    o.Add("epochs", &Options::epochs, {.initial = 150, .lowest = 1}, "epochs of fine-tuning");
    o.Add("freeze_last", &Options::freeze_last, {.initial = true},
          "keep the clean teacher's last layer");
  }
  PoisonOptions Poison() const {
    PoisonOptions poison{};
    poison.target = target, poison.poison_rate = poison_rate;
    poison.labels = "all_to_one", poison.selection = selection, poison.candidates = 1;
    return poison;
  }
};

class BackWeak final : public StaticTrigger {
 public:
  explicit BackWeak(const Options& options) : StaticTrigger(options.Poison()), options_(options) {}

  void Craft(CraftContext& context) override;
  at::Tensor Trigger(const at::Tensor& images) const override;
  void Visit(StateVisitor& visitor) override { visitor.Tensor("perturbation", perturbation_); }

  void PlanTraining(TrainingPlan& plan) const override;
  void BeginTraining(TeacherContext& context) override;

 private:
  const Options options_;
  at::Tensor perturbation_;  // int32 [C,H,W], in grey values
};

inline bool Yes(const Options&) { return true; }

DFKD_REGISTER(BackWeak, AttackCard<Options>{.name = "backweak",
                                            .summary = "a weak perturbation made a backdoor",
                                            .paper = "https://arxiv.org/abs/2511.12046",
                                            .revision = 2,
                                            .needs_clean_teacher = Yes,
                                            .crafts = Yes,
                                            .trains_teacher = Yes,
                                            .learns_trigger = Yes});

}  // namespace dfkd::backweak
