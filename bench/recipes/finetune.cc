#include "bench/recipes/finetune.h"

#include <ATen/Functions.h>

#include <cmath>

#include "bench/core/error.h"
#include "bench/images/augment.h"
#include "bench/nn/losses.h"
#include "bench/nn/optim.h"
#include "bench/recipes/batches.h"

namespace dfkd {
namespace {

OptimizerSpec Sgd(const FineTuneOptions& options) {
  return {.kind = "sgd",
          .lr = options.lr,
          .momentum = options.momentum,
          .weight_decay = options.weight_decay,
          .schedule = {.kind = "cosine"}};
}

}  // namespace

void RequireFiniteLoss(const at::Tensor& loss, const std::string& name, int64_t epoch) {
  const double value = loss.item<double>();
  if (std::isfinite(value)) return;
  throw MakeError(FailureClass::kDiverged, "{}: loss is {} in epoch {}", name, value, epoch);
}

// Crops and flips work on pixels, where black is 0.
at::Tensor AugmentedForRepair(at::Tensor pixels, const AugmentOptions& options,
                              const DefenseContext& context, int64_t step) {
  if (options.crop > 0) {
    const auto black = at::zeros({pixels.size(1)}, pixels.options());
    pixels = RandomCrop(pixels, context.rng.Fork("crop", step), options.crop, black);
  }
  if (options.Flips(context.spec)) pixels = FlipEach(pixels, context.rng.Fork("flip", step));
  return Normalize(pixels, context.spec);
}

at::Tensor CrossEntropyBackward(Classifier& model, const FineTuneBatch& batch) {
  const auto logits = model.Logits(batch.images, Mode::kTrain, Grad::kAll);
  const auto loss = CrossEntropyPerSample(logits, batch.labels).mean();
  loss.backward();
  return loss;
}

void FineTuneAlong(Classifier& model, const Split& data, const FineTuneOptions& options,
                   const DefenseContext& context, const std::string& name,
                   const FineTuneHooks& hooks) {
  Batches batches("epochs_with_rest", options.batch_size, data.images.size(0));
  Optimizer optimizer(model.Parameters(), Sgd(options));
  const int64_t per_epoch = batches.per_epoch(), total = options.epochs * per_epoch;
  for (int64_t step = 0; step < total; ++step) {
    const int64_t epoch = step / per_epoch;
    const auto rows = batches.Rows(context.rng.Fork("order"), step, data.images.device());
    optimizer.ZeroGrad();
    const auto loss = hooks.backward(
        {AugmentedForRepair(data.images.index_select(0, rows), options, context, step),
         data.labels.index_select(0, rows)});
    if (step % per_epoch == 0) {
      RequireFiniteLoss(loss, name, epoch);
      context.progress.Scalar(name + "/loss", loss.item<double>(), epoch);
    }
    optimizer.Step(ScheduleFactor(optimizer.spec().schedule, epoch, options.epochs));
    if (hooks.after) hooks.after();
    context.progress.Tick(step + 1, total);
  }
  optimizer.ZeroGrad();
}

void FineTune(Classifier& model, const Split& data, const FineTuneOptions& options,
              const DefenseContext& context, const std::string& name) {
  const auto backward = [&](const FineTuneBatch& batch) {
    return CrossEntropyBackward(model, batch);
  };
  FineTuneAlong(model, data, options, context, name, {.backward = backward});
}

}  // namespace dfkd
