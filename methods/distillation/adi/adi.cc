#include "methods/distillation/adi/adi.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <string>
#include <vector>

#include "bench/core/error.h"
#include "bench/images/augment.h"
#include "bench/nn/losses.h"
#include "bench/nn/norm_statistics.h"
#include "bench/nn/numerics.h"
#include "bench/nn/optim.h"
#include "bench/nn/random.h"
#include "bench/nn/synthesis_losses.h"

namespace dfkd::adi {
namespace {

constexpr double kAdversarialTemperature = 3;

// Pixels in [0,1], as far as they are in range, of normalised images.
at::Tensor Denormalized(const at::Tensor& images, const ImageSpec& spec) {
  return images * PerChannel(spec.stddev, images) + PerChannel(spec.mean, images);
}

}  // namespace

at::Tensor NeighbourDistance(const at::Tensor& images) {
  const int64_t h = images.size(2), w = images.size(3);
  const auto window = [&](int64_t top, int64_t left) {  // one pixel smaller in both directions
    return images.slice(2, top, top + h - 1).slice(3, left, left + w - 1);
  };
  return images.diff(1, 3).norm() + images.diff(1, 2).norm() +
         (window(1, 0) - window(0, 1)).norm() + (window(0, 0) - window(1, 1)).norm();
}

// DeepInversion: no student exists yet.
Split Adi::Synthesize(SynthesisContext& ctx) {
  for (int64_t batch = 0; batch < options_.rounds; ++batch) {
    const int64_t first = batch * options_.synthesis_steps;
    const auto teach = [&](const at::Tensor& images, int64_t step) {
      ctx.progress().Tick(first + step, options_.rounds * options_.synthesis_steps);
      return ctx.Teach(images, Kd(), first + step);
    };
    const auto penalty = [&](const TransferBatch& b) { return ctx.SynthesisPenalty(b); };
    pool_.Append(Invert({ctx.spec(), ctx.device(), ctx.teacher(), ctx.rng(), ctx.progress(), batch,
                         teach, penalty, nullptr}));
  }
  return {pool_.images(), {}};
}

void Adi::Begin(DistillContext& ctx) {
  ctx.UseStudentOptimizer({.kind = "sgd",
                           .lr = options_.lr,
                           .momentum = 0.9,
                           .weight_decay = 1e-4,
                           .schedule = {.kind = "cosine"}});
}

void Adi::Round(DistillContext& ctx, int64_t round) {
  if (options_.adaptive) {
    const auto teach = [&](const at::Tensor& images, int64_t step) {
      auto batch = ctx.Teach(images, Kd(), round, Grad::kInputs);
      batch.step = step;
      return batch;
    };
    const auto penalty = [&](const TransferBatch& b) { return ctx.SynthesisPenalty(b); };
    pool_.Append(Invert({ctx.spec(), ctx.device(), ctx.teacher(), ctx.rng(), ctx.progress(), round,
                         teach, penalty, &ctx.student()}));
  }
  const auto images = options_.adaptive ? pool_.images() : ctx.transfer_set().images;
  DistilOnPool(ctx, images,
               {options_.student_steps, options_.batch_size, options_.crop,
                options_.Flips(ctx.spec()), Kd()},
               round);
}

// A batch from noise; the iteration of the lowest loss is kept.
at::Tensor Adi::Invert(const Surroundings& around) const {
  const auto& spec = around.spec;
  const Rng rng = around.rng.Fork("inversion", around.batch);
  const int64_t n = options_.synthesis_batch;
  const auto images = Normal(rng.Fork("noise"), {n, spec.channels, spec.height, spec.width},
                             around.device, PrecisionOf(around.teacher.profile()))
                          .requires_grad_(true);
  const auto labels =
      at::arange(n, at::TensorOptions(at::kLong).device(around.device)).remainder(spec.classes);
  Optimizer adam({{"images", images}}, {.kind = "adam", .lr = options_.synthesis_lr});
  BestOffer best;
  for (int64_t step = 0; step < options_.synthesis_steps; ++step) {
    const auto reach = options_.roll;
    const auto seen = reach > 0 ? RollBatch(images, rng.Fork("roll", step), reach) : images;
    const auto loss = Loss(around, seen, labels, step);
    best.Offer(loss, {images});
    adam.Descend(loss);
  }
  if (const double cost = best.cost().item<double>(); !std::isfinite(cost)) {
    throw MakeError(FailureClass::kDiverged, "adi: batch {}: the loss of the images is {}",
                    around.batch, cost);
  }
  return Denormalized(best.tensors()[0], spec);
}

// Equations 3 to 5 and 8 of the paper, on the rolled images.
at::Tensor Adi::Loss(const Surroundings& around, const at::Tensor& images, const at::Tensor& labels,
                     int64_t step) const {
  TransferBatch batch;
  at::Tensor norm;
  {
    const NormWatch watch(around.teacher);
    batch = around.teach(images, step);
    norm = NormDistance(watch.seen);
  }
  const auto one_hot = CrossEntropyPerSample(batch.teacher_logits, labels).mean();
  auto loss = one_hot + options_.norm_weight * norm +
              options_.tv_weight * NeighbourDistance(images) + options_.l2_weight * images.norm() +
              around.penalty(batch);
  at::Tensor divergence;
  if (around.student != nullptr) {
    const auto student = around.student->Logits(images, Mode::kEval, Grad::kInputs);
    divergence = JsPerSample(batch.teacher_logits, student, kAdversarialTemperature).mean();
    loss = loss + options_.adversarial_weight * (1 - divergence.clamp(0, 1));
  }
  if (step + 1 == options_.synthesis_steps && around.progress.Wants(around.batch)) {
    const auto report = [&](const char* name, const at::Tensor& value) {
      around.progress.Scalar(std::string("adi/") + name, value.item<double>(), around.batch);
    };
    report("cross_entropy", one_hot), report("norm_distance", norm), report("loss", loss);
    if (divergence.defined()) report("jensen_shannon", divergence);
  }
  return loss;
}

}  // namespace dfkd::adi
