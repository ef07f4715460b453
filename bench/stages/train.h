// Supervised training of a teacher: the loop behind the teacher stage.
#pragma once
#include "bench/core/teacher_recipe.h"
#include "bench/nn/optim.h"
#include "bench/stages/state.h"

namespace dfkd {

// The attack that takes part in the training, or nobody.
struct TrainingAttack {
  Attack* attack = nullptr;
  const Classifier* clean_teacher = nullptr;
};

// The recipe's plan after the attack changed it.
TrainingPlan PlanFor(const TeacherRecipe& recipe, const TrainingAttack& hooks = {});
// Throws Error if there are fewer images than a batch has.
int64_t TotalSteps(const TrainingPlan& plan, const Split& data);

// A training run that can be stopped after any step and continued in the same bits.
class Training final : private TeacherContext {
 public:
  // `data` on the model's device. The model, initialised, is trained in place.
  Training(Classifier& model, const Split& data, const TeacherRecipe& recipe, const Rng& rng,
           Progress& progress, const TrainingAttack& hooks = {});

  int64_t done() const { return step_; }
  int64_t total() const { return total_; }
  void Step();
  void Visit(StateVisitor& visitor);

 private:
  // What the attack sees.
  Classifier& teacher() override { return model_; }
  const Classifier* clean_teacher() const override { return hooks_.clean_teacher; }
  const ImageSpec& spec() const override { return model_.spec(); }
  at::Device device() const override { return data_.images.device(); }
  const Rng& rng() const override { return attack_rng_; }
  Progress& progress() override { return progress_; }
  const TrainingPlan& plan() const override { return plan_; }
  int64_t total_steps() const override { return total_; }
  double RateFactor(int64_t step) const override;
  at::Tensor Augment(const at::Tensor& pixels, int64_t step) const override;

  // int64 [B]: the images of this step.
  at::Tensor Rows();
  at::Tensor Loss(const LabelledBatch& batch);
  void Report(const at::Tensor& loss);

  Classifier& model_;
  const Split& data_;
  const TeacherRecipe recipe_;
  const Rng rng_, attack_rng_;
  Progress& progress_;
  const TrainingAttack hooks_;
  const TrainingPlan plan_;
  Optimizer optimizer_;
  const int64_t total_, per_epoch_;
  int64_t step_ = 0, order_of_epoch_ = -1;
  at::Tensor order_;  // int64 [N], of the current epoch
};

}  // namespace dfkd
