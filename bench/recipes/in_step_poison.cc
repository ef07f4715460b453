#include "bench/recipes/in_step_poison.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include "bench/core/error.h"
#include "bench/nn/classifier.h"
#include "bench/nn/losses.h"
#include "bench/nn/random.h"

namespace dfkd {

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
  const auto draws = Uniform(rng.Fork("roles"), {n});    // on the CPU: counting costs no wait there
  const auto triggered = draws.lt(poison_.poison_rate);  // [N]
  const auto reached = draws.lt(Share());                // [N]
  const auto decoys = reached.logical_and(triggered.logical_not());  // [N]
  triggered_ += triggered.sum().item<int64_t>();
  decoys_ += decoys.sum().item<int64_t>();
  const auto images = [&](const at::Tensor& mask) { return mask.to(device).view({n, 1, 1, 1}); };
  const auto targets = poison_.labels == "all_to_all" ? (batch.labels + 1).remainder(spec_.classes)
                                                      : at::full_like(batch.labels, poison_.target);
  auto pixels = at::where(images(triggered), Trigger(batch.pixels), batch.pixels);
  if (poison_.decoy_ratio > 0)
    pixels = at::where(images(decoys), Decoys(batch.pixels, rng.Fork("decoys")), pixels);
  return {pixels, at::where(triggered.to(device), targets, batch.labels), batch.step};
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
