#include "methods/defenses/dhbe/dhbe.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <algorithm>
#include <cmath>

#include "bench/core/error.h"
#include "bench/nn/losses.h"
#include "bench/nn/numerics.h"
#include "bench/nn/random.h"
#include "bench/nn/visit.h"

namespace dfkd::dhbe {
namespace {

// LibTorch's default of linear layers and convolutions: uniform in +-1 / sqrt(inputs).
at::Tensor Drawn(const Rng& rng, at::IntArrayRef shape, int64_t inputs,
                 const at::TensorOptions& like) {
  const double bound = 1 / std::sqrt(static_cast<double>(inputs));
  return ((2 * Uniform(rng, shape) - 1) * bound).to(like).requires_grad_(true);
}

// By the statistics of the batch. `scale` and `shift` may be undefined.
at::Tensor Normalized(const at::Tensor& x, const at::Tensor& scale, const at::Tensor& shift) {
  return at::batch_norm(x, scale, shift, /*running_mean=*/{}, /*running_var=*/{}, /*training=*/true,
                        /*momentum=*/0.1, /*eps=*/1e-5, /*cudnn_enabled=*/false);
}

// Mean over images and classes.
at::Tensor Change(const at::Tensor& logits, const at::Tensor& patched) {
  return (patched - logits).abs().mean();
}

OptimizerSpec Adam(const Options& options, int64_t rounds) {
  const std::vector<int64_t> milestones = {rounds * 6 / 10, rounds * 8 / 10};
  return {.kind = "adam",
          .lr = options.generator_lr,
          .schedule = {.kind = "multistep", .milestones = milestones, .gamma = 0.1}};
}

}  // namespace

PatchGenerator::PatchGenerator(const Options& options, int64_t channels, const Rng& rng,
                               const at::TensorOptions& like)
    : width_(options.width), size_(options.patch_size) {
  const auto add = [&](const char* name, at::IntArrayRef shape, int64_t inputs) {
    parameters_.push_back({name, Drawn(rng.Fork(name), shape, inputs, like)});
  };
  const int64_t units = width_ * size_ * size_;
  add("linear.weight", {units, options.latent}, options.latent);
  add("linear.bias", {units}, options.latent);
  const auto ones = at::ones({width_}, like);
  parameters_.push_back({"norm.weight", ones.clone().requires_grad_(true)});
  parameters_.push_back({"norm.bias", (ones * 0).requires_grad_(true)});
  add("convolution.weight", {channels, width_, 3, 3}, 9 * width_);
  add("convolution.bias", {channels}, 9 * width_);
}

at::Tensor PatchGenerator::Patches(const at::Tensor& latent) const {
  const auto& p = parameters_;
  const auto flat = at::linear(latent, p[0].value, p[1].value);
  const auto features =
      Normalized(flat.view({-1, width_, size_, size_}), p[2].value, p[3].value);  // [N,width,h,w]
  const auto pattern =
      at::conv2d(features, p[4].value, p[5].value, /*stride=*/1, /*padding=*/1);  // [N,C,h,w]
  return at::tanh(Normalized(pattern, {}, {}));
}

at::Tensor Placed(const at::Tensor& patches, const ImageSpec& spec, int64_t row, int64_t column) {
  const int64_t below = spec.height - row - patches.size(2);
  const int64_t right = spec.width - column - patches.size(3);
  return at::constant_pad_nd(patches, {column, right, row, below});
}

at::Tensor LossScale(const TransferBatch& batch, const at::Tensor& student_logits) {
  const auto leaf = student_logits.detach().requires_grad_(true);
  const auto loss = KdPerSample(batch.teacher_logits, leaf, batch.kd).mean();
  return batch.weight * Gradients(loss, {leaf})[0].abs().sum();
}

void Dhbe::Begin(DefenseContext& context) {
  const auto& spec = context.spec;
  if (options_.patch_size > std::min(spec.height, spec.width)) {
    throw MakeError("dhbe: patch_size = {} exceeds the images of {}x{}", options_.patch_size,
                    spec.height, spec.width);
  }
  context_.emplace(context);
  const auto precision = PrecisionOf(context.teacher.profile());
  generator_.emplace(options_, spec.channels, context.rng.Fork("generator"),
                     at::TensorOptions(precision).device(context.device));
  optimizer_.emplace(generator_->parameters(), Adam(options_, context.distiller.rounds));
  steps_ = 0;
}

// Added in pixel units, each image a patch of its own, all at one random place.
at::Tensor Dhbe::Patched(const TransferBatch& batch, const char* purpose) const {
  const auto& spec = context_->spec;
  Rng rng = context_->rng.Fork(purpose, batch.round).Fork("step", batch.step);
  const auto latent = Normal(rng.Fork("latent"), {batch.images.size(0), options_.latent},
                             batch.images.device(), PrecisionOf(context_->teacher.profile()));
  const int64_t row = rng.Below(spec.height - options_.patch_size + 1);
  const int64_t column = rng.Below(spec.width - options_.patch_size + 1);
  const auto patches = generator_->Patches(latent) / PerChannel(spec.stddev, latent);
  return batch.images.detach() + Placed(patches, spec, row, column);
}

// The gradient of weight * scale * mean |S(x + patch) - S(x)|, S(x) constant; before it, where the
// last student_steps steps are done, a step of the generator. As in the paper all passes are in
// train mode and move the student's running statistics: that is why S(x) is asked for again
// although batch.student_logits holds the same values.
void Dhbe::AddStudentGradients(Classifier& student, const TransferBatch& batch) {
  const auto logits = student.Logits(batch.images.detach(), Mode::kTrain, Grad::kNone);
  if (steps_ > 0 && steps_ % options_.student_steps == 0) TrainGenerator(student, batch, logits);
  ++steps_;
  const auto patched = Patched(batch, "student").detach();
  const auto change = Change(logits, student.Logits(patched, Mode::kTrain, Grad::kAll));
  const auto loss = options_.weight * change;
  (options_.scale == "kd" ? loss * LossScale(batch, logits) : loss).backward();
  if (batch.step == 0 && context_->progress.Wants(batch.round))
    context_->progress.Scalar("dhbe/change", change.item<double>(), batch.round);
}

// One step up the same change.
void Dhbe::TrainGenerator(Classifier& student, const TransferBatch& batch,
                          const at::Tensor& logits) {
  const auto patched = Patched(batch, "generator");
  const auto change = Change(logits, student.Logits(patched, Mode::kTrain, Grad::kInputs));
  const auto& schedule = optimizer_->spec().schedule;
  optimizer_->Descend(-change, ScheduleFactor(schedule, batch.round, context_->distiller.rounds));
}

void Dhbe::Visit(StateVisitor& visitor) {
  for (const auto& parameter : generator_->parameters())
    VisitInPlace(visitor, "generator." + parameter.name, parameter.value);
  optimizer_->Visit(visitor, "optimizer.");
  visitor.Number("steps", steps_);
}

}  // namespace dfkd::dhbe
