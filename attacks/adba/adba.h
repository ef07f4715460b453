// Anti-distillation backdoor: teacher, shadow student and trigger are trained together, so that the
// backdoor survives distillation. Ge et al., ACM MM 2021, https://doi.org/10.1145/3474085.3475254.
#pragma once
#include <memory>
#include <string>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/nn/classifier.h"
#include "bench/nn/optim.h"

namespace dfkd::adba {

struct Options {
  int64_t target;
  double alpha, temperature, beta, mu, norm, c, trigger_lr, lr;
  std::string shadow;
  static void Declare(OptionTable<Options>& o) {
    o.Add("target", &Options::target, {.initial = 0, .lowest = 0}, "target label");
    o.Add("beta", &Options::beta, {.initial = 0.3, .lowest = 0, .highest = 100},
          "weight of the triggered images in the teacher's loss");
    o.Add("alpha", &Options::alpha, {.initial = 0.5, .lowest = 0, .highest = 1},
          "weight of the teacher's answers in the shadow student's loss; 1 - alpha: of the labels");
    o.Add("temperature", &Options::temperature, {.initial = 1, .lowest = 0.01, .highest = 100},
          "h of the shadow student's distillation");
    o.Add("mu", &Options::mu, {.initial = 0.1, .lowest = 0, .highest = 100},
          "weight of the norm of the mask in the trigger's loss");
    o.Add("norm", &Options::norm, {.initial = 2, .lowest = 1, .highest = 10}, "p of that norm");
    o.Add("c", &Options::c, {.initial = 1, .lowest = 1, .highest = 255},
          "the pattern's values lie in [0, 1/c]");
    o.Add(
        "trigger_lr", &Options::trigger_lr, {.initial = 0, .lowest = 0, .highest = 1},
        "learning rate of mask and pattern (RAdam); 0: 3e-4 in 78,200 steps, more in fewer (up to "
        "0.01), so that the mask can move as far");
    o.Add("lr", &Options::lr, {.initial = 0, .lowest = 0, .highest = 10},
          "learning rate of teacher and shadow student; 0: that of the teacher recipe");
    o.Add("shadow", &Options::shadow, {.initial = ""},
          "network of the shadow student; empty: the teacher's");
  }
};

// x~ = (1 - m) x + m delta, values in [0, 1]; m [1,1,H,W], delta [1,C,H,W].
at::Tensor Stamp(const at::Tensor& images, const at::Tensor& mask, const at::Tensor& pattern);

// What trigger_lr = 0 stands for: an optimizer moves a value by at most its rate a step, and a mask
// that starts at 1 would still cover the image at the end of a short training.
double TriggerRate(int64_t total_steps);

class Adba final : public Attack {
 public:
  explicit Adba(const Options& options) : options_(options) {}

  void Begin(const ImageSpec& spec) override;
  int64_t TargetLabel(int64_t) const override { return options_.target; }
  at::Tensor Trigger(const at::Tensor& images) const override;
  // Nothing: every image is seen clean and triggered in its step.
  Poisoned Poison(const Split& train, const Rng&) const override { return {train, {}}; }
  void Visit(StateVisitor& visitor) override;

  void PlanTraining(TrainingPlan& plan) const override;
  void BeginTraining(TeacherContext& context) override;
  at::Tensor TeacherLoss(TeacherContext& context, const LabelledBatch& batch) override;
  void AfterStep(TeacherContext& context, const LabelledBatch& batch) override;
  void VisitTraining(StateVisitor& visitor) override;

 private:
  // The batch in [0, 1] as the step sees it, augmented: float32 [N,C,H,W].
  static at::Tensor Images(const TeacherContext& context, const LabelledBatch& batch);
  at::Tensor TargetsLike(const at::Tensor& labels) const;
  void StepShadow(TeacherContext& context, const LabelledBatch& batch);
  void StepTrigger(TeacherContext& context, const LabelledBatch& batch);

  const Options options_;
  at::Tensor mask_, pattern_;  // [1,1,H,W], [1,C,H,W]
  // While a teacher is trained:
  std::unique_ptr<Classifier> shadow_;
  std::unique_ptr<Optimizer> shadow_optimizer_, trigger_optimizer_;
};

DFKD_REGISTER(Adba, AttackCard<Options>{
                        .name = "adba",
                        .summary = "trigger learned with the teacher and a shadow student",
                        .paper = "https://doi.org/10.1145/3474085.3475254",
                        .revision = 2,
                        .presets = {{"faithful", {{"lr", 0.01}, {"trigger_lr", 3e-4}}}},
                        .trains_teacher = [](const Options&) { return true; },
                        .learns_trigger = [](const Options&) { return true; }});

}  // namespace dfkd::adba
