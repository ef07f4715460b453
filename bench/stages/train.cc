#include "bench/stages/train.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#include <cmath>

#include "bench/core/error.h"
#include "bench/images/augment.h"
#include "bench/nn/losses.h"
#include "bench/nn/random.h"

namespace dfkd {
namespace {

constexpr int64_t kPadding = 4;

OptimizerSpec SpecOf(const TeacherRecipe& recipe) {
  return {.kind = recipe.optimizer,
          .lr = recipe.lr,
          .momentum = recipe.momentum,
          .weight_decay = recipe.weight_decay,
          .nesterov = recipe.nesterov,
          .schedule = {.kind = recipe.schedule, .warmup = recipe.warmup}};
}

int64_t StepsPerEpoch(const TrainingPlan& plan, const Split& data) {
  const int64_t n = data.images.size(0);
  if (n < plan.batch_size)
    throw MakeError("teacher: batch_size {} exceeds the {} images", plan.batch_size, n);
  return n / plan.batch_size;  // the rest is dropped, as in the reference
}

}  // namespace

TrainingPlan PlanFor(const TeacherRecipe& recipe, const TrainingAttack& hooks) {
  TrainingPlan plan{SpecOf(recipe), recipe.epochs, recipe.batch_size};
  if (hooks.attack) hooks.attack->PlanTraining(plan);
  return plan;
}

int64_t TotalSteps(const TrainingPlan& plan, const Split& data) {
  return StepsPerEpoch(plan, data) * plan.epochs;
}

Training::Training(Classifier& model, const Split& data, const TeacherRecipe& recipe,
                   const Rng& rng, Progress& progress, const TrainingAttack& hooks)
    : model_(model),
      data_(data),
      recipe_(recipe),
      rng_(rng),
      attack_rng_(rng.Fork("attack")),
      progress_(progress),
      hooks_(hooks),
      plan_(PlanFor(recipe, hooks)),
      optimizer_(model.Parameters(), plan_.optimizer),
      total_(TotalSteps(plan_, data)),
      per_epoch_(total_ / plan_.epochs) {
  if (hooks_.attack) hooks_.attack->BeginTraining(*this);
}

at::Tensor Training::Rows() {
  const int64_t epoch = step_ / per_epoch_;
  if (epoch != order_of_epoch_) {
    order_ = Permutation(rng_.Fork("order", epoch), data_.images.size(0), data_.images.device());
    order_of_epoch_ = epoch;
  }
  return order_.narrow(0, (step_ % per_epoch_) * plan_.batch_size, plan_.batch_size);
}

at::Tensor Training::Augment(const at::Tensor& pixels, int64_t step) const {
  auto images = pixels;
  if (recipe_.augment != "none") {
    const auto black = at::zeros({images.size(1)}, images.options());
    images = RandomCrop(images, rng_.Fork("crop", step), kPadding, black);
  }
  const bool flips =
      recipe_.augment == "crop_flip" || (recipe_.augment == "auto" && spec().mirrors);
  if (flips) images = FlipEach(images, rng_.Fork("flip", step));
  return images;
}

double Training::RateFactor(int64_t step) const {
  const auto& schedule = plan_.optimizer.schedule;
  if (schedule.kind == "one_cycle") return ScheduleFactor(schedule, step, total_);
  return ScheduleFactor(schedule, step / per_epoch_, plan_.epochs);
}

at::Tensor Training::Loss(const LabelledBatch& batch) {
  if (hooks_.attack) {
    const auto loss = hooks_.attack->TeacherLoss(*this, batch);
    if (loss.defined()) return loss;
  }
  const auto images = Normalize(Augment(batch.pixels, batch.step), model_.spec());
  return CrossEntropyPerSample(model_.Logits(images, Mode::kTrain, Grad::kAll), batch.labels)
      .mean();
}

void Training::Report(const at::Tensor& loss) {
  if (!progress_.Wants(step_)) return;
  const double value = loss.item<double>();
  if (!std::isfinite(value))
    throw MakeError(FailureClass::kDiverged, "teacher: loss is {} at step {}", value, step_);
  progress_.Scalar("loss", value, step_);
}

void Training::Step() {
  const auto rows = Rows();
  const LabelledBatch batch{data_.images.index_select(0, rows), data_.labels.index_select(0, rows),
                            step_};
  const auto loss = Loss(batch);
  Report(loss);
  optimizer_.ZeroGrad();
  loss.backward();
  optimizer_.Step(RateFactor(step_));
  if (hooks_.attack) hooks_.attack->AfterStep(*this, batch);
  progress_.Tick(++step_, total_);
}

void Training::Visit(StateVisitor& visitor) {
  visitor.Number("step", step_);
  model_.Visit(visitor, "model.");
  optimizer_.Visit(visitor, "optimizer.");
  if (!hooks_.attack) return;
  PrefixVisitor state(visitor, "attack."), training(visitor, "attack.training.");
  hooks_.attack->Visit(state);
  hooks_.attack->VisitTraining(training);
}

}  // namespace dfkd
