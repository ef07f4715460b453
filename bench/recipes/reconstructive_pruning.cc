#include "bench/recipes/reconstructive_pruning.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <algorithm>

#include "bench/nn/losses.h"
#include "bench/nn/optim.h"
#include "bench/nn/random.h"
#include "bench/recipes/batches.h"

namespace dfkd {
namespace {

constexpr double kMomentum = 0.9, kWeightDecay = 5e-4;
const Schedule kUnlearning = {.kind = "multistep", .milestones = {10, 20}, .gamma = 0.1};

Split Drawn(const Split& data, int64_t count, const DefenseContext& context) {
  const auto order =
      Permutation(context.rng.Fork("images"), data.images.size(0), data.images.device());
  const auto rows = order.slice(0, 0, std::min(count, order.size(0)));
  return {data.images.index_select(0, rows), data.labels.index_select(0, rows)};
}

// The batches of either phase: other orders, crops and flips in each.
class Passes {
 public:
  Passes(const Split& data, const ReconstructivePruningOptions& options,
         const DefenseContext& context, const char* phase)
      : data_(data),
        options_(options),
        context_(context),
        batches_("epochs_with_rest", options.batch_size, data.images.size(0)) {
    context_.rng = context.rng.Fork(phase);
  }
  int64_t per_epoch() const { return batches_.per_epoch(); }
  FineTuneBatch At(int64_t step) {
    const auto rows = batches_.Rows(context_.rng.Fork("order"), step, data_.images.device());
    return {AugmentedForRepair(data_.images.index_select(0, rows), options_, context_, step),
            data_.labels.index_select(0, rows)};
  }

 private:
  const Split& data_;
  const ReconstructivePruningOptions& options_;
  DefenseContext context_;
  Batches batches_;
};

}  // namespace

double UnlearnImages(Classifier& model, const Split& data,
                     const ReconstructivePruningOptions& options, const DefenseContext& context) {
  Passes passes(data, options, context, "unlearn");
  Optimizer optimizer(model.Parameters(), {.kind = "sgd",
                                           .lr = options.unlearn_lr,
                                           .momentum = kMomentum,
                                           .weight_decay = kWeightDecay,
                                           .schedule = kUnlearning});
  double right = 1;
  for (int64_t epoch = 0; epoch < options.unlearn_epochs; ++epoch) {
    auto count = at::zeros({}, data.labels.options());  // on the device, read after the pass
    for (int64_t i = 0; i < passes.per_epoch(); ++i) {
      const auto batch = passes.At(epoch * passes.per_epoch() + i);
      const auto logits = model.Logits(batch.images, Mode::kTrain, Grad::kAll);
      count += (logits.argmax(1) == batch.labels).sum();
      optimizer.Descend(-CrossEntropyPerSample(logits, batch.labels).mean(),
                        ScheduleFactor(kUnlearning, epoch, options.unlearn_epochs));
    }
    right = static_cast<double>(count.item<int64_t>()) / static_cast<double>(data.images.size(0));
    if (right <= options.unlearned) break;
  }
  return right;
}

void PruneReconstructively(Classifier& model, const Split& given,
                           const ReconstructivePruningOptions& options,
                           const DefenseContext& context, const std::string& name) {
  const auto data = Drawn(given, options.images, context);
  const auto copy = model.Clone();
  context.progress.Scalar(name + "/unlearned_accuracy",
                          UnlearnImages(*copy, data, options, context), 0);
  NormMasks masks(*copy);
  Optimizer optimizer(masks.masks(),
                      {.kind = "sgd", .lr = options.recover_lr, .momentum = kMomentum});
  Passes passes(data, options, context, "recover");
  const int64_t total = options.recover_epochs * passes.per_epoch();
  for (int64_t step = 0; step < total; ++step) {
    const auto batch = passes.At(step);
    masks.Write();
    const auto logits = copy->Logits(batch.images, Mode::kTrain, Grad::kAll);
    const auto loss = options.weight * CrossEntropyPerSample(logits, batch.labels).mean();
    if (const int64_t epoch = step / passes.per_epoch(); step % passes.per_epoch() == 0) {
      RequireFiniteLoss(loss, name, epoch);
      context.progress.Scalar(name + "/loss", loss.item<double>(), epoch);
    }
    optimizer.DescendAlong(masks.Gradients(loss));
    masks.Clamp();
    context.progress.Tick(step + 1, total);
  }
  PruneByMasks(model, masks.masks(), options.threshold, context.progress, name);
}

}  // namespace dfkd
