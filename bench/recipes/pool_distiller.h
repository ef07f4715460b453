// Distillers whose images do not depend on the student (a transfer set, noise): a round is one
// student step on some of them.
#pragma once
#include "bench/core/interfaces.h"

namespace dfkd {

// What teacher and student answer to `images` (normalised, [N,C,H,W]): a batch for StepStudent.
TransferBatch AskBoth(DistillContext& ctx, const at::Tensor& images, const KdLoss& kd,
                      int64_t round);

class PoolDistiller : public Distiller {
 public:
  // AskBoth about Images, then StepStudent on Loss.
  void Round(DistillContext& ctx, int64_t round) final;

 protected:
  // What both networks see in this round, normalised float32 [N,C,H,W]. A function of ctx.rng(),
  // the round and the transfer set, so that there is nothing to Visit.
  virtual at::Tensor Images(DistillContext& ctx, int64_t round) = 0;
  virtual KdLoss Kd() const = 0;
  // [N]: what the student lowers; unless overridden, its distance from the teacher by Kd().
  virtual at::Tensor Loss(DistillContext& ctx, const TransferBatch& batch);
};

}  // namespace dfkd
