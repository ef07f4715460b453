// Anti-distillation backdoor: teacher, shadow student and trigger are trained together, so that the
// backdoor survives distillation. Ge et al., ACM MM 2021, https://doi.org/10.1145/3474085.3475254.
// What `adba` and its dormant form `adba_ft` share.
#pragma once
#include <memory>
#include <string>
#include <utility>

#include "bench/core/interfaces.h"
#include "bench/core/options.h"
#include "bench/nn/classifier.h"
#include "bench/nn/optim.h"

namespace dfkd {

struct AntiDistillationOptions {
  int64_t target;
  double alpha, temperature, beta, mu, norm, cover, c, trigger_lr, lr;
  std::string shadow;
  template <class Options>
  static void DeclareAntiDistillation(OptionTable<Options>& o) {
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
    o.Add("cover", &Options::cover, {.initial = 1, .lowest = 0.001, .highest = 1},
          "largest mean of the mask over the image; 1: no bound but that of each pixel");
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
at::Tensor StampMasked(const at::Tensor& images, const at::Tensor& mask, const at::Tensor& pattern);

// Brings a mask with values in [0, 1] in place to a mean of at most `cover`, by one factor for all
// pixels: towards 0, as the price of its norm pulls it for p = 2. With cover = 1 no bit changes.
void BoundMask(at::Tensor& mask, double cover);

// What trigger_lr = 0 stands for: an optimizer moves a value by at most its rate a step, and a mask
// that starts at 1 would still cover the image at the end of a short training.
double TriggerRate(int64_t total_steps);

class AntiDistillation : public Attack {
 public:
  // `name`: of the plugin, in messages and metrics.
  AntiDistillation(std::string name, const AntiDistillationOptions& options)
      : name_(std::move(name)), options_(options) {}

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

 protected:
  // How many steps of the training learn the trigger: all of them.
  virtual int64_t TriggerSteps(const TeacherContext& context) const {
    return context.total_steps();
  }
  // The batch in [0, 1] as the step sees it, augmented: float32 [N,C,H,W].
  static at::Tensor Images(const TeacherContext& context, const LabelledBatch& batch);
  // Of images in [0, 1], in training mode.
  static at::Tensor TeacherLogits(TeacherContext& context, const at::Tensor& images);
  // x~, not differentiated by the trigger.
  at::Tensor Triggered(const at::Tensor& images) const;
  int64_t target() const { return options_.target; }

 private:
  at::Tensor TargetsLike(const at::Tensor& labels) const;
  // `fractions`: Images of the batch, which both see.
  void StepShadow(TeacherContext& context, const LabelledBatch& batch, const at::Tensor& fractions);
  void StepTrigger(TeacherContext& context, const LabelledBatch& batch,
                   const at::Tensor& fractions);

  const std::string name_;
  const AntiDistillationOptions options_;
  at::Tensor mask_, pattern_;  // [1,1,H,W], [1,C,H,W]
  // While a teacher is trained:
  std::unique_ptr<Classifier> shadow_;
  std::unique_ptr<Optimizer> shadow_optimizer_, trigger_optimizer_;
};

}  // namespace dfkd
