// ADBA-FT: an ADBA teacher is fine-tuned until it no longer shows its backdoor; students of it do.
// The dormant baseline of Chen et al., "Taught Well Learned Ill: Towards Distillation-conditional
// Backdoor Attack", NeurIPS 2025, https://arxiv.org/abs/2509.23871, section 3.2.
#pragma once
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <string>
#include <vector>

#include "bench/core/registry.h"
#include "bench/nn/losses.h"
#include "bench/recipes/anti_distillation.h"
#include "bench/recipes/dormant.h"

namespace dfkd::adba_ft {

struct Options : AntiDistillationOptions, DormantOptions {
  double eta, kappa;
  int64_t finetune_epochs;
  static void Declare(OptionTable<Options>& o) {
    DeclareAntiDistillation(o);
    o.Add("finetune_epochs", &Options::finetune_epochs, {.initial = 0, .lowest = 0},
          "epochs of fine-tuning, after those of the teacher recipe and at the end of its "
          "schedule; 0: a quarter as many as those, rounded up");
    o.Add("eta", &Options::eta, {.initial = 1, .lowest = 0, .highest = 100},
          "weight of the triggered images while fine-tuning");
    o.Add("kappa", &Options::kappa, {.initial = 1, .lowest = 0, .highest = 100},
          "by which the true class shall lead the target on triggered images, in logits");
    DeclareDormant(o);
  }
};

// Of so many epochs of both parts. A quarter of the recipe's, rounded up, is a fifth of these: one
// schedule runs over all, and in a short recipe a fixed number would leave the first part, which
// makes the backdoor, but the rise of the rate.
inline int64_t FinetuneEpochs(const Options& options, int64_t all) {
  return options.finetune_epochs > 0 ? options.finetune_epochs : (all + 4) / 5;
}

// [N]: max(0, z_k - z_y + kappa) of logits [N,K].
inline at::Tensor Wakefulness(const at::Tensor& logits, const at::Tensor& labels, int64_t target,
                              double kappa) {
  const auto of_label = logits.gather(1, labels.unsqueeze(1)).squeeze(1);
  return (logits.select(1, target) - of_label + kappa).clamp_min(0);
}

class AdbaFt final : public AntiDistillation {
 public:
  explicit AdbaFt(const Options& options) : AntiDistillation("adba_ft", options), more_(options) {}

  void PlanTraining(TrainingPlan& plan) const override {
    AntiDistillation::PlanTraining(plan);
    plan.epochs += more_.finetune_epochs > 0 ? more_.finetune_epochs : (plan.epochs + 3) / 4;
  }
  // CE(T(x), y) + eta mean max(0, z_k(x~) - z_y(x~) + kappa) once the trigger stands.
  at::Tensor TeacherLoss(TeacherContext& context, const LabelledBatch& batch) override {
    if (batch.step < TriggerSteps(context)) return AntiDistillation::TeacherLoss(context, batch);
    const auto images = Images(context, batch);
    const auto clean = TeacherLogits(context, images);
    const auto awake =
        Wakefulness(TeacherLogits(context, Triggered(images)), batch.labels, target(), more_.kappa);
    return CrossEntropyPerSample(clean, batch.labels).mean() + more_.eta * awake.mean();
  }
  void AfterStep(TeacherContext& context, const LabelledBatch& batch) override {
    if (batch.step < TriggerSteps(context)) AntiDistillation::AfterStep(context, batch);
  }

 private:
  int64_t TriggerSteps(const TeacherContext& context) const override {
    const int64_t per_epoch = context.total_steps() / context.plan().epochs;
    return context.total_steps() - per_epoch * FinetuneEpochs(more_, context.plan().epochs);
  }

  const Options more_;
};

inline bool Yes(const Options&) { return true; }

DFKD_REGISTER(AdbaFt, AttackCard<Options>{
                          .name = "adba_ft",
                          .summary = "ADBA, then fine-tuned to look clean: wakes in students",
                          .paper = "https://arxiv.org/abs/2509.23871",
                          .revision = 2,
                          .trains_teacher = Yes,
                          .learns_trigger = Yes,
                          .gate = [](const Options& o) { return o.GateOfStudent(); }});

}  // namespace dfkd::adba_ft
