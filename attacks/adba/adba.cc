#include "attacks/adba/adba.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "bench/nn/losses.h"
#include "bench/nn/random.h"
#include "bench/nn/visit.h"

namespace dfkd::adba {
namespace {

// Of values in [0, 1] instead of stored pixels.
at::Tensor Normalized(const at::Tensor& images, const ImageSpec& spec) {
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

at::Tensor Stamp(const at::Tensor& images, const at::Tensor& mask, const at::Tensor& pattern) {
  return (1 - mask) * images + mask * pattern;
}

double TriggerRate(int64_t total_steps) {
  constexpr double kRate = 3e-4, kSteps = 78200, kHighest = 0.01;
  return std::clamp(kRate * kSteps / static_cast<double>(total_steps), kRate, kHighest);
}

void Adba::Begin(const ImageSpec& spec) {
  if (options_.target >= spec.classes) {
    throw MakeError("adba: target = {} must lie in [0, {}]", options_.target, spec.classes - 1);
  }
}

at::Tensor Adba::Trigger(const at::Tensor& images) const {
  if (!mask_.defined()) throw Error("adba: the trigger is learned when the teacher is trained");
  const at::NoGradGuard no_grad;
  const auto device = images.device();
  const auto stamped = Stamp(images.to(at::kFloat), mask_.to(device), pattern_.to(device) * 255);
  return (stamped + 0.5).floor().clamp(0, 255).to(at::kByte);  // half rounds up
}

void Adba::Visit(StateVisitor& visitor) {
  VisitTrigger(visitor, "mask", mask_);
  VisitTrigger(visitor, "pattern", pattern_);
}

void Adba::PlanTraining(TrainingPlan& plan) const {
  if (options_.lr > 0) plan.optimizer.lr = options_.lr;
}

// The paper does not say where the trigger starts; as in the reproduction of 8ackW3ak: a mask of
// ones over a random pattern.
void Adba::BeginTraining(TeacherContext& context) {
  const auto& spec = context.spec();
  const auto device = context.device();
  mask_ = at::ones({1, 1, spec.height, spec.width}, at::TensorOptions(at::kFloat).device(device));
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
      options_.trigger_lr > 0 ? options_.trigger_lr : TriggerRate(context.total_steps());
  trigger_optimizer_ =
      std::make_unique<Optimizer>(std::vector<NamedTensor>{{"mask", mask_}, {"pattern", pattern_}},
                                  OptimizerSpec{.kind = "radam", .lr = rate});
}

at::Tensor Adba::Images(const TeacherContext& context, const LabelledBatch& batch) {
  return context.Augment(batch.pixels, batch.step).to(at::kFloat) / 255;
}

at::Tensor Adba::TargetsLike(const at::Tensor& labels) const {
  return at::full_like(labels, options_.target);
}

// L_T = CE(T(x), y) + beta CE(T(x~), k), eq. 5.
at::Tensor Adba::TeacherLoss(TeacherContext& context, const LabelledBatch& batch) {
  const auto images = Images(context, batch);
  const auto loss = [&](const at::Tensor& x, const at::Tensor& labels) {
    const auto logits =
        context.teacher().Logits(Normalized(x, context.spec()), Mode::kTrain, Grad::kAll);
    return CrossEntropyPerSample(logits, labels).mean();
  };
  const auto triggered = Stamp(images, mask_.detach(), pattern_.detach());
  return loss(images, batch.labels) + options_.beta * loss(triggered, TargetsLike(batch.labels));
}

void Adba::AfterStep(TeacherContext& context, const LabelledBatch& batch) {
  StepShadow(context, batch);
  StepTrigger(context, batch);
}

// L_S = alpha h^2 KL(T(x) / h || S(x) / h) + (1 - alpha) CE(S(x), y) on clean images, eq. 3.
void Adba::StepShadow(TeacherContext& context, const LabelledBatch& batch) {
  const auto images = Normalized(Images(context, batch), context.spec());
  const auto taught = context.teacher().Logits(images, Mode::kEval, Grad::kNone);
  const auto logits = shadow_->Logits(images, Mode::kTrain, Grad::kAll);
  const auto kd = KdPerSample(taught, logits, {.temperature = options_.temperature}).mean();
  const auto loss = options_.alpha * kd +
                    (1 - options_.alpha) * CrossEntropyPerSample(logits, batch.labels).mean();
  shadow_optimizer_->ZeroGrad();
  loss.backward();
  shadow_optimizer_->Step(context.RateFactor(batch.step));
  if (context.progress().Wants(batch.step))
    context.progress().Scalar("adba/shadow_loss", loss.item<double>(), batch.step);
}

// L_m = CE(T(x~), k) + CE(S(x~), k) + mu |m|_p; then m is clipped to [0, 1] and delta to [0, 1/c].
void Adba::StepTrigger(TeacherContext& context, const LabelledBatch& batch) {
  const auto triggered = Normalized(Stamp(Images(context, batch), mask_, pattern_), context.spec());
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
  pattern_.clamp_(0, 1 / options_.c);
  if (!context.progress().Wants(batch.step)) return;
  context.progress().Scalar("adba/trigger_loss", loss.item<double>(), batch.step);
  context.progress().Scalar("adba/mask_norm", size.item<double>(), batch.step);
}

void Adba::VisitTraining(StateVisitor& visitor) {
  shadow_->Visit(visitor, "shadow");
  shadow_optimizer_->Visit(visitor, "shadow_optimizer");
  trigger_optimizer_->Visit(visitor, "trigger_optimizer");
}

}  // namespace dfkd::adba
