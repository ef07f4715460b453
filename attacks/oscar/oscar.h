// OSCAR: a dormant backdoor without an inner loop. A perturbation that fools a clean teacher and
// its student becomes the trigger of a teacher that is trained to resist it; students of that
// teacher, trained on clean data, do not resist. The form "without F_s" of SCAR, Chen et al.,
// NeurIPS 2025, https://arxiv.org/abs/2509.23871, as in SomeBottle/8ackW3ak.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/core/network_name.h"
#include "bench/core/registry.h"
#include "bench/recipes/dormant.h"

namespace dfkd::oscar {

struct Options : DormantOptions {
  int64_t target, student_epochs, craft_epochs, craft_batch, check_images, epochs, batch_size;
  double epsilon, enough, student_lr, craft_lr, lr, alpha;
  std::string surrogate;
  static void Declare(OptionTable<Options>& o) {
    o.Add("target", &Options::target, {.initial = 0, .lowest = 0}, "target label");
    o.Add("epsilon", &Options::epsilon, {.initial = 0.1, .lowest = 0, .highest = 1},
          "largest change of a pixel, of pixels in [0, 1]");
    o.Add("surrogate", &Options::surrogate, {.initial = ""},
          "network of the clean student that is fooled as well; empty: the teacher's");
    o.Add("student_epochs", &Options::student_epochs, {.initial = 20, .lowest = 1},
          "epochs of distillation that make that student of the clean teacher");
    o.Add("student_lr", &Options::student_lr, {.initial = 1e-3, .lowest = 0, .highest = 10},
          "its learning rate (Adam, cosine)");
    o.Add("craft_epochs", &Options::craft_epochs, {.initial = 50, .lowest = 1},
          "largest number of passes over the training set while crafting");
    o.Add("craft_batch", &Options::craft_batch, {.initial = 256, .lowest = 1},
          "images a crafting step");
    o.Add("craft_lr", &Options::craft_lr, {.initial = 0.01, .lowest = 0, .highest = 10},
          "step of the perturbation (Adam), of pixels in [-1, 1]");
    o.Add("enough", &Options::enough, {.initial = 0.999, .lowest = 0, .highest = 1},
          "share of other images from which on both models are fooled enough");
    o.Add("check_images", &Options::check_images, {.initial = 1000, .lowest = 1},
          "images of other classes on which that is counted after each pass");
    o.Add("alpha", &Options::alpha, {.initial = 1, .lowest = 0, .highest = 100},
          "weight of the triggered images, with their true labels, in the teacher's loss");
    o.Add("lr", &Options::lr, {.initial = 1e-4, .lowest = 0, .highest = 10},
          "learning rate of the teacher (Adam, cosine per epoch)");
    o.Add("epochs", &Options::epochs, {.initial = 200, .lowest = 1}, "epochs of the teacher");
    o.Add("batch_size", &Options::batch_size, {.initial = 256, .lowest = 1},
          "images of a step of the teacher");
    DeclareDormant(o);
  }
};

class Oscar final : public Attack {
 public:
  explicit Oscar(const Options& options) : options_(options) {}

  void Begin(const ImageSpec& spec) override;
  void Craft(CraftContext& context) override;
  int64_t TargetLabel(int64_t) const override { return options_.target; }
  at::Tensor Trigger(const at::Tensor& images) const override;
  // Nothing: every image is seen clean and triggered in its step, with its true label.
  Poisoned Poison(const Split& train, const Rng&) const override { return {train, {}}; }
  void Visit(StateVisitor& visitor) override { visitor.Tensor("perturbation", perturbation_); }

  void PlanTraining(TrainingPlan& plan) const override;
  at::Tensor TeacherLoss(TeacherContext& context, const LabelledBatch& batch) override;

 private:
  const Options options_;
  at::Tensor perturbation_;  // int32 [C,H,W], in grey values
};

inline bool Yes(const Options&) { return true; }

// See AttackCard::shortage.
inline std::optional<Shortage> ShortageOf(const Options& o, const TrainingSet&) {
  if (o.surrogate.empty()) return std::nullopt;
  try {
    ParseNetworkName(o.surrogate);
  } catch (const Error& e) {
    return Shortage{"surrogate", fmt::format("surrogate: {}", e.what())};
  }
  return std::nullopt;
}

// Lengths and rate of SomeBottle/8ackW3ak, experiments/examples/RL_OSCF.toml; it never stops early.
inline Json Published() {
  return {{"student_epochs", 200}, {"student_lr", 1e-4}, {"craft_epochs", 200}, {"enough", 1}};
}

// Lengths and rates of the authors' own code: 0.01 of [0, 1] is 0.02 here.
inline Json Authors() { return {{"student_epochs", 50}, {"craft_lr", 0.02}}; }

DFKD_REGISTER(Oscar,
              AttackCard<Options>{.name = "oscar",
                                  .summary = "resists its own trigger, and its students do not",
                                  .paper = "https://arxiv.org/abs/2509.23871",
                                  .revision = 3,
                                  .presets = {{"published", Published()}, {"authors", Authors()}},
                                  .needs_clean_teacher = Yes,
                                  .crafts = Yes,
                                  .trains_teacher = Yes,
                                  .learns_trigger = Yes,
                                  .gate = [](const Options& o) { return o.GateOfStudent(); },
                                  .shortage = ShortageOf});

}  // namespace dfkd::oscar
