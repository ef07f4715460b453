#include "bench/stages/train.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#include <cmath>

#include "bench/core/error.h"
#include "bench/nn/losses.h"
#include "bench/nn/random.h"
#include "bench/recipes/augment.h"

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

int64_t StepsPerEpoch(const Split& data, const TeacherRecipe& recipe) {
  const int64_t n = data.images.size(0);
  if (n < recipe.batch_size)
    throw MakeError("teacher: batch_size {} exceeds the {} images", recipe.batch_size, n);
  return n / recipe.batch_size;  // the rest is dropped, as in the reference
}

}  // namespace

Training::Training(Classifier& model, const Split& data, const TeacherRecipe& recipe,
                   const Rng& rng, Progress& progress)
    : model_(model),
      data_(data),
      recipe_(recipe),
      rng_(rng),
      progress_(progress),
      optimizer_(model.Parameters(), SpecOf(recipe)),
      per_epoch_(StepsPerEpoch(data, recipe)),
      total_(per_epoch_ * recipe.epochs) {}

at::Tensor Training::Rows() {
  const int64_t epoch = step_ / per_epoch_;
  if (epoch != order_of_epoch_) {
    order_ = Permutation(rng_.Fork("order", epoch), data_.images.size(0), data_.images.device());
    order_of_epoch_ = epoch;
  }
  return order_.narrow(0, (step_ % per_epoch_) * recipe_.batch_size, recipe_.batch_size);
}

at::Tensor Training::Batch(const at::Tensor& rows) {
  auto images = data_.images.index_select(0, rows);  // uint8 [B,C,H,W]
  const auto black = at::zeros({images.size(1)}, images.options());
  if (recipe_.augment != "none") {
    images = RandomCrop(images, rng_.Fork("crop", step_), kPadding, black);
  }
  if (recipe_.augment == "crop_flip") images = FlipEach(images, rng_.Fork("flip", step_));
  return Normalize(images, model_.spec());
}

double Training::Factor() const {
  if (recipe_.schedule == "one_cycle")
    return ScheduleFactor(optimizer_.spec().schedule, step_, total_);
  return ScheduleFactor(optimizer_.spec().schedule, step_ / per_epoch_, recipe_.epochs);
}

void Training::Step() {
  const auto rows = Rows();
  const auto logits = model_.Logits(Batch(rows), Mode::kTrain, Grad::kAll);
  const auto loss = CrossEntropyPerSample(logits, data_.labels.index_select(0, rows)).mean();
  if (progress_.Wants(step_)) {
    const double value = loss.item<double>();
    if (!std::isfinite(value))
      throw MakeError(FailureClass::kDiverged, "teacher: loss is {} at step {}", value, step_);
    progress_.Scalar("loss", value, step_);
  }
  optimizer_.ZeroGrad();
  loss.backward();
  optimizer_.Step(Factor());
  progress_.Tick(++step_, total_);
}

void Training::Visit(StateVisitor& visitor) {
  visitor.Number("step", step_);
  model_.Visit(visitor, "model.");
  optimizer_.Visit(visitor, "optimizer.");
}

}  // namespace dfkd
