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

// Crops and flips work on pixels, where black is 0. Normalised float32 [N,C,H,W].
at::Tensor Augmented(at::Tensor pixels, const FineTuneOptions& options,
                     const DefenseContext& context, int64_t step) {
  if (options.crop > 0) {
    const auto black = at::zeros({pixels.size(1)}, pixels.options());
    pixels = RandomCrop(pixels, context.rng.Fork("crop", step), options.crop, black);
  }
  if (options.Flips(context.spec)) pixels = FlipEach(pixels, context.rng.Fork("flip", step));
  return Normalize(pixels, context.spec);
}

void RequireFinite(double loss, const std::string& name, int64_t epoch) {
  if (std::isfinite(loss)) return;
  throw MakeError(FailureClass::kDiverged, "{}: loss is {} in epoch {}", name, loss, epoch);
}

}  // namespace

void FineTune(Classifier& model, const Split& data, const FineTuneOptions& options,
              const DefenseContext& context, const std::string& name) {
  Batches batches("epochs_with_rest", options.batch_size, data.images.size(0));
  Optimizer optimizer(model.Parameters(), Sgd(options));
  const int64_t per_epoch = batches.per_epoch(), total = options.epochs * per_epoch;
  for (int64_t step = 0; step < total; ++step) {
    const int64_t epoch = step / per_epoch;
    const auto rows = batches.Rows(context.rng.Fork("order"), step, data.images.device());
    const auto images = Augmented(data.images.index_select(0, rows), options, context, step);
    const auto logits = model.Logits(images, Mode::kTrain, Grad::kAll);
    const auto loss = CrossEntropyPerSample(logits, data.labels.index_select(0, rows)).mean();
    if (step % per_epoch == 0) {
      RequireFinite(loss.item<double>(), name, epoch);
      context.progress.Scalar(name + "/loss", loss.item<double>(), epoch);
    }
    optimizer.ZeroGrad();
    loss.backward();
    optimizer.Step(ScheduleFactor(optimizer.spec().schedule, epoch, options.epochs));
    context.progress.Tick(step + 1, total);
  }
  optimizer.ZeroGrad();
}

}  // namespace dfkd
