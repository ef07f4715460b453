#include "bench/recipes/pool_distiller.h"

#include "bench/nn/classifier.h"
#include "bench/nn/losses.h"

namespace dfkd {

TransferBatch AskBoth(DistillContext& ctx, const at::Tensor& images, const KdLoss& kd,
                      int64_t round) {
  auto batch = ctx.Teach(images, kd, round);
  batch.student_logits = ctx.student().Logits(images, Mode::kTrain, Grad::kAll);
  return batch;
}

void PoolDistiller::Round(DistillContext& ctx, int64_t round) {
  const auto batch = AskBoth(ctx, Images(ctx, round), Kd(), round);
  ctx.StepStudent(batch, Loss(ctx, batch));
}

at::Tensor PoolDistiller::Loss(DistillContext&, const TransferBatch& batch) {
  return KdPerSample(batch);
}

}  // namespace dfkd
