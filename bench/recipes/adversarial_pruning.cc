#include "bench/recipes/adversarial_pruning.h"

#include <ATen/TensorOperators.h>

#include "bench/core/error.h"
#include "bench/nn/losses.h"
#include "bench/nn/optim.h"
#include "bench/recipes/batches.h"

namespace dfkd {
namespace {

at::Tensor LossOf(Classifier& model, const FineTuneBatch& batch) {
  const auto logits = model.Logits(batch.images, Mode::kTrain, Grad::kAll);
  return CrossEntropyPerSample(logits, batch.labels).mean();
}

void StepAlongSign(std::vector<at::Tensor>& noise, const std::vector<at::Tensor>& gradients,
                   double step) {
  for (size_t i = 0; i < noise.size(); ++i) noise[i] = noise[i] + step * gradients[i].sign();
}

}  // namespace

NormNoise WorstNoise(Classifier& model, NormMasks& masks, const FineTuneBatch& batch,
                     const AdversarialPruningOptions& options, const Rng& rng) {
  auto noise = masks.Draw(options.reach, rng);
  const double step = options.reach / static_cast<double>(options.reach_steps);
  for (int64_t i = 0; i < options.reach_steps; ++i) {
    masks.Write(noise);
    const auto gradients = masks.NoiseGradients(LossOf(model, batch));
    StepAlongSign(noise.scale, gradients.scale, step);
    StepAlongSign(noise.shift, gradients.shift, step);
  }
  return noise;
}

void PruneAdversarially(Classifier& model, const Split& data,
                        const AdversarialPruningOptions& options, const DefenseContext& context,
                        const std::string& name) {
  const auto copy = model.Clone();
  NormMasks masks(*copy);
  Optimizer optimizer(masks.masks(),
                      {.kind = "sgd", .lr = options.lr, .momentum = options.momentum});
  Batches batches("replacement", options.batch_size, data.images.size(0));
  for (int64_t step = 0; step < options.steps; ++step) {
    const auto rows = batches.Rows(context.rng.Fork("order"), step, data.images.device());
    const FineTuneBatch batch = {
        AugmentedForRepair(data.images.index_select(0, rows), options, context, step),
        data.labels.index_select(0, rows)};
    const auto noise = WorstNoise(*copy, masks, batch, options, context.rng.Fork("noise", step));
    masks.Write(noise);
    const auto robust = masks.Gradients(LossOf(*copy, batch));
    masks.Write();
    const auto loss = LossOf(*copy, batch);
    if (step % 100 == 0) {
      RequireFiniteLoss(loss, name, step);
      context.progress.Scalar(name + "/loss", loss.item<double>(), step);
    }
    auto gradients = masks.Gradients(loss);
    for (size_t i = 0; i < gradients.size(); ++i)
      gradients[i] = options.natural * gradients[i] + (1 - options.natural) * robust[i];
    optimizer.DescendAlong(gradients);
    masks.Clamp();
    context.progress.Tick(step + 1, options.steps);
  }
  PruneByMasks(model, masks.masks(), options.threshold, context.progress, name);
}

}  // namespace dfkd
