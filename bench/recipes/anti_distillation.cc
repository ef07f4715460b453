#include "bench/recipes/anti_distillation.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "bench/nn/losses.h"
#include "bench/nn/random.h"
#include "bench/nn/visit.h"

namespace dfkd {
namespace {

// Of values in [0, 1] instead of stored pixels.
at::Tensor NormalizeFractions(const at::Tensor& images, const ImageSpec& spec) {
  return Normalize(images * 255, spec);
}

void VisitTrigger(StateVisitor& visitor, const std::string& name, at::Tensor& value) {
  if (value.defined()) {
    VisitInPlace(visitor, name, value);  // an optimizer knows where it is
  } else {
    visitor.Tensor(name, value);
  }
}

}  // namespace

at::Tensor StampMasked(const at::Tensor& images, const at::Tensor& mask,
                       const at::Tensor& pattern) {
  return (1 - mask) * images + mask * pattern;
}

void BoundMask(at::Tensor& mask, double cover) {
  if (cover >= 1) return;
  // On the device; a mask of zeros: cover / 0 is cut to 1.
  mask.mul_((cover / mask.mean()).clamp_max(1));
}

double TriggerRate(int64_t total_steps) {
  constexpr double kRate = 3e-4, kSteps = 78200, kHighest = 0.01;
  return std::clamp(kRate * kSteps / static_cast<double>(total_steps), kRate, kHighest);
}

void AntiDistillation::Begin(const ImageSpec& spec) {
  if (options_.target >= spec.classes) {
    throw MakeError("{}: target = {} must lie in [0, {}]", name_, options_.target,
                    spec.classes - 1);
  }
}

at::Tensor AntiDistillation::Trigger(const at::Tensor& images) const {
  if (!mask_.defined())
    throw MakeError("{}: the trigger is learned when the teacher is trained", name_);
  const at::NoGradGuard no_grad;
  const auto device = images.device();
  const auto stamped =
      StampMasked(images.to(at::kFloat), mask_.to(device), pattern_.to(device) * 255);
  return (stamped + 0.5).floor().clamp(0, 255).to(at::kByte);  // half rounds up
}

void AntiDistillation::Visit(StateVisitor& visitor) {
  VisitTrigger(visitor, "mask", mask_);
  VisitTrigger(visitor, "pattern", pattern_);
}

void AntiDistillation::PlanTraining(TrainingPlan& plan) const {
  if (options_.lr > 0) plan.optimizer.lr = options_.lr;
}

// The paper does not say where the trigger starts; as in the reproduction of 8ackW3ak: a mask of
// ones over a random pattern. The teacher's first step sees it, so it is within the bound, too.
void AntiDistillation::BeginTraining(TeacherContext& context) {
  const auto& spec = context.spec();
  const auto device = context.device();
  mask_ = at::ones({1, 1, spec.height, spec.width}, at::TensorOptions(at::kFloat).device(device));
  BoundMask(mask_, options_.cover);
  pattern_ = Normal(context.rng().Fork("pattern"), {1, spec.channels, spec.height, spec.width})
                 .clamp(0, 1 / options_.c)
                 .to(device);
  mask_.requires_grad_(true);
  pattern_.requires_grad_(true);
  const auto name = options_.shadow.empty() ? context.teacher().name() : options_.shadow;
  shadow_ = std::make_unique<Classifier>(name, spec);
  shadow_->Initialize(context.rng().Fork("shadow"));
  shadow_->Use(device, context.teacher().profile());
  shadow_optimizer_ = std::make_unique<Optimizer>(shadow_->Parameters(), context.plan().optimizer);
  const double rate =
      options_.trigger_lr > 0 ? options_.trigger_lr : TriggerRate(TriggerSteps(context));
  trigger_optimizer_ =
      std::make_unique<Optimizer>(std::vector<NamedTensor>{{"mask", mask_}, {"pattern", pattern_}},
                                  OptimizerSpec{.kind = "radam", .lr = rate});
}

at::Tensor AntiDistillation::Images(const TeacherContext& context, const LabelledBatch& batch) {
  return context.Augment(batch.pixels, batch.step).to(at::kFloat) / 255;
}

at::Tensor AntiDistillation::TeacherLogits(TeacherContext& context, const at::Tensor& images) {
  return context.teacher().Logits(NormalizeFractions(images, context.spec()), Mode::kTrain,
                                  Grad::kAll);
}

at::Tensor AntiDistillation::Triggered(const at::Tensor& images) const {
  return StampMasked(images, mask_.detach(), pattern_.detach());
}

at::Tensor AntiDistillation::TargetsLike(const at::Tensor& labels) const {
  return at::full_like(labels, options_.target);
}

// L_T = CE(T(x), y) + beta CE(T(x~), k), eq. 5.
at::Tensor AntiDistillation::TeacherLoss(TeacherContext& context, const LabelledBatch& batch) {
  const auto images = Images(context, batch);
  const auto loss = [&](const at::Tensor& x, const at::Tensor& labels) {
    return CrossEntropyPerSample(TeacherLogits(context, x), labels).mean();
  };
  return loss(images, batch.labels) +
         options_.beta * loss(Triggered(images), TargetsLike(batch.labels));
}

void AntiDistillation::AfterStep(TeacherContext& context, const LabelledBatch& batch) {
  const auto images = Images(context, batch);
  StepShadow(context, batch, images);
  StepTrigger(context, batch, images);
}

// L_S = alpha h^2 KL(T(x) / h || S(x) / h) + (1 - alpha) CE(S(x), y) on clean images, eq. 3.
void AntiDistillation::StepShadow(TeacherContext& context, const LabelledBatch& batch,
                                  const at::Tensor& fractions) {
  const auto images = NormalizeFractions(fractions, context.spec());
  const auto taught = context.teacher().Logits(images, Mode::kEval, Grad::kNone);
  const auto logits = shadow_->Logits(images, Mode::kTrain, Grad::kAll);
  const auto kd = KdPerSample(taught, logits, {.temperature = options_.temperature}).mean();
  const auto loss = options_.alpha * kd +
                    (1 - options_.alpha) * CrossEntropyPerSample(logits, batch.labels).mean();
  shadow_optimizer_->ZeroGrad();
  loss.backward();
  shadow_optimizer_->Step(context.RateFactor(batch.step));
  if (context.progress().Wants(batch.step))
    context.progress().Scalar(name_ + "/shadow_loss", loss.item<double>(), batch.step);
}

// L_m = CE(T(x~), k) + CE(S(x~), k) + mu |m|_p; then m is clipped to [0, 1] and delta to [0, 1/c].
// The bound on the mean of m is ours.
void AntiDistillation::StepTrigger(TeacherContext& context, const LabelledBatch& batch,
                                   const at::Tensor& fractions) {
  const auto triggered =
      NormalizeFractions(StampMasked(fractions, mask_, pattern_), context.spec());
  const auto targets = TargetsLike(batch.labels);
  const auto fooled = [&](Classifier& model) {
    return CrossEntropyPerSample(model.Logits(triggered, Mode::kEval, Grad::kInputs), targets)
        .mean();
  };
  const auto size = mask_.norm(options_.norm);
  const auto loss = fooled(context.teacher()) + fooled(*shadow_) + options_.mu * size;
  trigger_optimizer_->Descend(loss);
  const at::NoGradGuard no_grad;
  mask_.clamp_(0, 1);
  BoundMask(mask_, options_.cover);
  pattern_.clamp_(0, 1 / options_.c);
  if (!context.progress().Wants(batch.step)) return;
  context.progress().Scalar(name_ + "/trigger_loss", loss.item<double>(), batch.step);
  context.progress().Scalar(name_ + "/mask_norm", size.item<double>(), batch.step);
}

void AntiDistillation::VisitTraining(StateVisitor& visitor) {
  shadow_->Visit(visitor, "shadow");
  shadow_optimizer_->Visit(visitor, "shadow_optimizer");
  trigger_optimizer_->Visit(visitor, "trigger_optimizer");
}

}  // namespace dfkd
