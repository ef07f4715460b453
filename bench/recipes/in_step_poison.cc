#include "bench/recipes/in_step_poison.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <vector>

#include "bench/core/error.h"
#include "bench/nn/classifier.h"
#include "bench/nn/device.h"
#include "bench/nn/losses.h"
#include "bench/nn/random.h"

namespace dfkd {
namespace {

// int64: the rows whose draw, a float32, lies in [from, to).
at::Tensor RowsBetween(const at::Tensor& draws, double from, double to) {
  std::vector<int64_t> rows;
  const auto* drawn = draws.data_ptr<float>();
  for (int64_t i = 0; i < draws.size(0); ++i) {
    if (drawn[i] >= static_cast<float>(from) && drawn[i] < static_cast<float>(to))
      rows.push_back(i);
  }
  return at::tensor(rows, at::kLong);
}

}  // namespace

void InStepPoison::Begin(const ImageSpec& spec) {
  if (poison_.target >= spec.classes) {
    throw MakeError("target = {} must lie in [0, {}]", poison_.target, spec.classes - 1);
  }
  if (Share() > 1) {
    throw MakeError("poison_rate * (1 + decoy_ratio) = {} * (1 + {}) must be at most 1",
                    poison_.poison_rate, poison_.decoy_ratio);
  }
  spec_ = spec;
}

int64_t InStepPoison::TargetLabel(int64_t true_label) const {
  return poison_.labels == "all_to_all" ? (true_label + 1) % spec_.classes : poison_.target;
}

LabelledBatch InStepPoison::Mix(const LabelledBatch& batch, const Rng& rng) {
  const int64_t n = batch.labels.size(0);
  const auto device = batch.pixels.device();
  const auto draws = Uniform(rng.Fork("roles"), {n});  // on the host, where nobody waits for them
  const double rate = poison_.poison_rate;
  const auto triggered = RowsBetween(draws, 0, rate), decoys = RowsBetween(draws, rate, Share());
  triggered_ += triggered.size(0);
  decoys_ += decoys.size(0);
  auto pixels = batch.pixels.clone(), labels = batch.labels.clone();
  if (triggered.size(0) > 0) {
    const auto rows = Upload(triggered, device);
    const auto of_rows = batch.labels.index_select(0, rows);
    const auto targets = poison_.labels == "all_to_all" ? (of_rows + 1).remainder(spec_.classes)
                                                        : at::full_like(of_rows, poison_.target);
    pixels.index_copy_(0, rows, Trigger(batch.pixels.index_select(0, rows)));
    labels.index_copy_(0, rows, targets);
  }
  if (decoys.size(0) > 0) {
    const auto rows = Upload(decoys, device);
    pixels.index_copy_(0, rows, Decoys(batch.pixels, rows, rng.Fork("decoys")));
  }
  return {pixels, labels, batch.step};
}

at::Tensor InStepPoison::TeacherLoss(TeacherContext& context, const LabelledBatch& batch) {
  const auto mixed = Mix(batch, context.rng().Fork("step", batch.step));
  const auto images = Normalize(context.Augment(mixed.pixels, batch.step), context.spec());
  const auto logits = context.teacher().Logits(images, Mode::kTrain, Grad::kAll);
  return CrossEntropyPerSample(logits, mixed.labels).mean();
}

void InStepPoison::Visit(StateVisitor& visitor) {
  visitor.Number("triggered", triggered_);
  visitor.Number("decoys", decoys_);
}

}  // namespace dfkd
