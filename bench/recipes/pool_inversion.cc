#include "bench/recipes/pool_inversion.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <cmath>
#include <utility>

#include "bench/core/error.h"
#include "bench/images/views.h"
#include "bench/nn/generator.h"
#include "bench/nn/losses.h"
#include "bench/nn/norm_statistics.h"
#include "bench/nn/synthesis_losses.h"
#include "bench/recipes/cut_mix.h"

namespace dfkd {
namespace {

constexpr int64_t kPaddingOfViews = 4;  // while images are made, whatever the data set

}  // namespace

PoolInversion::PoolInversion(std::string name, const PoolInversionOptions& options,
                             int64_t adversarial_from)
    : name_(std::move(name)),
      options_(options),
      adversarial_from_(adversarial_from),
      norms_(options.norm_momentum) {}

void PoolInversion::Begin(DistillContext& ctx) {
  ctx.UseStudentOptimizer({.kind = "sgd",
                           .lr = options_.lr,
                           .momentum = 0.9,
                           .weight_decay = 1e-4,
                           .schedule = {.kind = "cosine"}});
}

void PoolInversion::Round(DistillContext& ctx, int64_t round) {
  const int64_t last = options_.warmup + round;
  for (int64_t epoch = round == 0 ? 0 : last; epoch <= last; ++epoch)
    Synthesize(ctx, {epoch, round});
  const PoolSteps steps{options_.student_steps, options_.batch_size, options_.crop,
                        options_.Flips(ctx.spec()), Kd()};
  DistilOnPool(ctx, pool_.images(), steps, round);
}

void PoolInversion::Search(DistillContext& ctx, const Searched& searched, const Moment& moment,
                           const Rng& rng) {
  BestOffer best;
  for (int64_t step = 0; step < options_.synthesis_steps; ++step) {
    const auto images = searched.images();
    const auto loss = Loss(ctx, images, searched.labels, moment, rng, step);
    best.Offer(loss, {images});
    searched.step(Gradients(loss, searched.trained));
  }
  if (const double cost = best.cost().item<double>(); !std::isfinite(cost)) {
    throw MakeError(FailureClass::kDiverged, "{}: round {}: the loss of the images is {}", name_,
                    moment.round, cost);
  }
  norms_.Remember();
  pool_.Append(best.tensors()[0]);
}

at::Tensor PoolInversion::Loss(DistillContext& ctx, const at::Tensor& images,
                               const at::Tensor& labels, const Moment& moment, const Rng& rng,
                               int64_t step) {
  const auto view = CropView(rng.Fork("view", step), images.size(0), ctx.spec(), kPaddingOfViews,
                             /*flip=*/true);
  const LabelledCutMix mix(rng.Fork("mix", step), options_.cut_mix, images.size(0), ctx.spec(),
                           ctx.device());
  const auto seen = mix.Images(NormalizeUnit(Seen(images, view), ctx.spec()));  // [N,C,H,W]
  TransferBatch batch;
  std::vector<NormInput> inputs;
  {
    NormWatch watch(ctx.teacher());
    batch = ctx.Teach(seen, Kd(), moment.round, Grad::kInputs, TeacherTaps());
    inputs = std::move(watch.seen);
  }
  batch.step = step;
  const auto norm = norms_.Distance(inputs);
  const auto one_hot = mix.CrossEntropy(batch.teacher_logits, labels);
  const bool against = options_.adversarial_weight > 0 && moment.epoch >= adversarial_from_;
  const auto adversarial =
      against ? Adversarial(ctx, seen, batch.teacher_logits) : at::zeros({}, one_hot.options());
  auto loss = options_.norm_weight * norm + options_.one_hot_weight * one_hot +
              options_.adversarial_weight * adversarial + ctx.SynthesisPenalty(batch);
  if (const auto own = OwnTerms(ctx, {labels, batch, inputs, against}); own.defined())
    loss = loss + own;
  if (step + 1 == options_.synthesis_steps && ctx.progress().Wants(moment.round)) {
    const auto report = [&](const char* what, const at::Tensor& value) {
      ctx.progress().Scalar(name_ + what, value.item<double>(), moment.round);
    };
    report("/norm_distance", norm), report("/cross_entropy", one_hot);
    report("/adversarial", adversarial), report("/loss", loss);
  }
  return loss;
}

at::Tensor PoolInversion::Adversarial(DistillContext& ctx, const at::Tensor& seen,
                                      const at::Tensor& teacher_logits) {
  return Agreement(teacher_logits, ctx.student().Logits(seen, Mode::kEval, Grad::kInputs));
}

at::Tensor PoolInversion::Agreement(const at::Tensor& teacher_logits,
                                    const at::Tensor& student_logits) {
  return DecisionAdversarialLoss(teacher_logits, student_logits);
}

void PoolInversion::Visit(StateVisitor& visitor) {
  norms_.Visit(visitor, "norms");
  pool_.Visit(visitor, "pool");
}

}  // namespace dfkd
