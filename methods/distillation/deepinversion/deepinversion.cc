#include "methods/distillation/deepinversion/deepinversion.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>

#include <algorithm>

#include "bench/core/error.h"
#include "bench/images/augment.h"
#include "bench/nn/losses.h"
#include "bench/nn/norm_statistics.h"
#include "bench/nn/numerics.h"
#include "bench/nn/optim.h"
#include "bench/nn/random.h"

namespace dfkd::deepinversion {
namespace {

constexpr double kLowestRate = 0.02;  // added to the cosine, as measured

// `images` moved into the range of pixels [0, 1], in normalised units.
void ClampToPixels(at::Tensor images, const ImageSpec& spec) {
  const at::NoGradGuard no_grad;
  for (int64_t c = 0; c < spec.channels; ++c) {
    images.select(1, c).clamp_(-spec.mean[c] / spec.stddev[c], (1 - spec.mean[c]) / spec.stddev[c]);
  }
}

}  // namespace

Split DeepInversion::Synthesize(SynthesisContext& ctx) {
  std::vector<at::Tensor> images;
  for (int64_t batch = 0; batch < Batches(); ++batch) {
    const int64_t first = batch * options_.synthesis_batch;
    const int64_t count = std::min(options_.synthesis_batch, options_.images - first);
    images.push_back(ToPixels(Invert(ctx, Start(ctx, first, count), batch), ctx.spec()));
  }
  return {at::cat(images), {}};  // uint8 [N,C,H,W]
}

at::Tensor DeepInversion::Start(SynthesisContext& ctx, int64_t first, int64_t count) const {
  const auto& spec = ctx.spec();
  if (options_.start == "noise") {
    return Normal(ctx.rng().Fork("noise", first), {count, spec.channels, spec.height, spec.width},
                  ctx.device());
  }
  const auto& bank = ctx.start().images;
  if (!bank.defined() || bank.size(0) < first + count) {
    throw MakeError("deepinversion: start = bank needs {} images", options_.images);
  }
  return Normalize(bank.narrow(0, first, count).to(ctx.device()), spec);
}

// Section 3.2 of the paper, without its adaptive term: no student exists yet.
at::Tensor DeepInversion::Invert(SynthesisContext& ctx, const at::Tensor& start,
                                 int64_t batch) const {
  const auto precision = PrecisionOf(ctx.teacher().profile());
  const auto images = start.to(precision, /*non_blocking=*/false, /*copy=*/true)
                          .detach()
                          .requires_grad_(true);  // [N,C,H,W]
  const auto labels =
      Integers(ctx.rng().Fork("labels", batch), ctx.spec().classes, {images.size(0)}, ctx.device());
  Optimizer adam({{"images", images}}, {.kind = "adam",
                                        .lr = options_.synthesis_lr,
                                        .beta1 = 0.5,
                                        .beta2 = 0.9,
                                        .schedule = {.kind = "cosine"}});
  for (int64_t i = 0; i < options_.synthesis_steps; ++i) {
    const int64_t step = batch * options_.synthesis_steps + i;
    const auto loss = ImageLoss(ctx, images, labels, step);
    adam.Descend(loss,
                 ScheduleFactor(adam.spec().schedule, i, options_.synthesis_steps) + kLowestRate);
    ClampToPixels(images, ctx.spec());
    ctx.progress().Tick(step + 1, Batches() * options_.synthesis_steps);
  }
  return images.detach();
}

at::Tensor DeepInversion::ImageLoss(SynthesisContext& ctx, const at::Tensor& images,
                                    const at::Tensor& labels, int64_t step) const {
  const NormWatch watch(ctx.teacher());
  const auto batch = ctx.Teach(Augment(images, ctx.spec(), ctx.rng(), step), Kd(), step);
  const auto one_hot = CrossEntropyPerSample(batch.teacher_logits, labels).mean();
  const auto norm = NormDistance(watch.seen), variation = TotalVariation(images);
  if (ctx.progress().Wants(step)) {
    ctx.progress().Scalar("deepinversion/cross_entropy", one_hot.item<double>(), step);
    ctx.progress().Scalar("deepinversion/norm_distance", norm.item<double>(), step);
    ctx.progress().Scalar("deepinversion/total_variation", variation.item<double>(), step);
  }
  return options_.one_hot_weight * one_hot + options_.norm_weight * norm +
         options_.tv_weight * variation + ctx.SynthesisPenalty(batch);
}

at::Tensor DeepInversion::Augment(const at::Tensor& images, const ImageSpec& spec, const Rng& rng,
                                  int64_t step) const {
  const auto mirrored = options_.Flips(spec) ? FlipBatch(images, rng.Fork("flip", step)) : images;
  return options_.roll > 0 ? RollBatch(mirrored, rng.Fork("roll", step), options_.roll) : mirrored;
}

void DeepInversion::Begin(DistillContext& ctx) {
  ctx.UseStudentOptimizer({.kind = "adam", .lr = options_.lr, .schedule = {.kind = "cosine"}});
}

// Knowledge distillation on the images made above, drawn with replacement.
at::Tensor DeepInversion::Images(DistillContext& ctx, int64_t round) {
  const auto& images = ctx.transfer_set().images;
  const auto rows = Integers(ctx.rng().Fork("rows", round), images.size(0), {options_.batch_size},
                             images.device());
  const auto x =
      Augment(Normalize(images.index_select(0, rows), ctx.spec()), ctx.spec(), ctx.rng(), round);
  return options_.cutmix_beta > 0 ? CutMix(x, ctx.rng().Fork("cutmix", round), options_.cutmix_beta)
                                  : x;
}

}  // namespace dfkd::deepinversion
