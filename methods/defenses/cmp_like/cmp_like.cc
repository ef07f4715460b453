#include "methods/defenses/cmp_like/cmp_like.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include "bench/core/error.h"
#include "bench/images/augment.h"
#include "bench/nn/classifier.h"
#include "bench/nn/losses.h"

namespace dfkd::cmp_like {

// The second class gets no probability on either side: its share of the sum is 0 by itself where
// its logits are very low, and lower than any other logit is low enough for a softmax.
at::Tensor KlWithoutSecond(const at::Tensor& teacher_logits, const at::Tensor& student_logits,
                           double temperature) {
  const auto second = std::get<1>(teacher_logits.topk(2, 1)).slice(1, 1, 2);  // [N,1]
  const auto mask = at::zeros_like(teacher_logits, at::kBool).scatter_(1, second, true);
  const double lowest = -1e4;
  return KlPerSample(teacher_logits.masked_fill(mask, lowest * temperature),
                     student_logits.masked_fill(mask, lowest * temperature), temperature);
}

// Of two classes the loss leaves one, whose divergence is always 0.
void CmpLike::Begin(DefenseContext& context) {
  if (context.spec.classes < 3)
    throw MakeError("cmp_like: {} classes; it needs at least 3", context.spec.classes);
  ReplacedLoss::Begin(context);
}

void CmpLike::Observe(const TransferBatch& batch) {
  if (batch.use != BatchUse::kStudent) return;
  const auto& spec = context().spec;
  const auto rng = context().rng.Fork("look", batch.round).Fork("step", batch.step);
  auto images = batch.images.detach();
  if (options_.crop > 0) {
    const auto black = -PerChannel(spec.mean, images) / PerChannel(spec.stddev, images);
    images = RandomCrop(images, rng.Fork("crop"), options_.crop, black.flatten());
  }
  if (options_.Flips(spec)) images = FlipEach(images, rng.Fork("flip"));
  const auto again = context().teacher.Logits(images).argmax(1);
  kept_ = (again == batch.teacher_logits.argmax(1)).to(batch.teacher_logits.scalar_type());
  if (batch.step == 0 && context().progress.Wants(batch.round)) {
    context().progress.Scalar("cmp_like/kept_share", kept_.mean().item<double>(), batch.round);
  }
}

// The mean over what is kept, in the distiller's temperature and reduction.
at::Tensor CmpLike::Loss(const TransferBatch& batch, const at::Tensor& student_logits) const {
  const auto& kd = batch.kd;
  const double scale = (kd.tau_squared ? kd.temperature * kd.temperature : 1) /
                       static_cast<double>(kd.mean_over_classes ? student_logits.size(1) : 1);
  const auto divergence = KlWithoutSecond(batch.teacher_logits, student_logits, kd.temperature);
  return scale * (kept_ * divergence).sum() / kept_.sum().clamp_min(1);
}

}  // namespace dfkd::cmp_like
