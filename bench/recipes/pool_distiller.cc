#include "bench/recipes/pool_distiller.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include "bench/core/error.h"
#include "bench/nn/classifier.h"
#include "bench/nn/losses.h"

namespace dfkd {
namespace {

// Its distance to the other logits stays out of reach of exp() in float32 after a division by the
// largest temperature, 100.
constexpr double kCertain = 1e5;

void RequireBlack(const TransferBatch& batch) {
  if (batch.teacher_taps.empty()) return;
  throw MakeError(
      "hard_label: a defence looks at the teacher's activation '{}', which a black box does not "
      "show",
      batch.teacher_taps.begin()->first);
}

}  // namespace

at::Tensor LabelsAlone(const at::Tensor& teacher_logits) {
  const auto labels = teacher_logits.argmax(1, /*keepdim=*/true);
  return at::zeros_like(teacher_logits).scatter_(1, labels, kCertain);
}

TransferBatch AskBoth(DistillContext& ctx, const at::Tensor& images, const KdLoss& kd,
                      int64_t round) {
  auto batch = ctx.Teach(images, kd, round);
  batch.student_logits = ctx.student().Logits(images, Mode::kTrain, Grad::kAll);
  return batch;
}

void PoolDistiller::Round(DistillContext& ctx, int64_t round) {
  const auto kd = HardLabel() ? KdLoss{} : Kd();
  auto batch = AskBoth(ctx, Images(ctx, round), kd, round);
  if (HardLabel()) {
    RequireBlack(batch);
    batch.teacher_logits = LabelsAlone(batch.teacher_logits);
  }
  ctx.StepStudent(batch, Loss(ctx, batch));
}

at::Tensor PoolDistiller::Loss(DistillContext&, const TransferBatch& batch) {
  return KdPerSample(batch);
}

}  // namespace dfkd
