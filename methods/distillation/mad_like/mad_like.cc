#include "methods/distillation/mad_like/mad_like.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include "bench/core/error.h"

namespace dfkd::mad_like {

void MadLike::Begin(DistillContext& ctx) {
  if (options_.order == "simultaneous") {
    throw Error(
        "mad_like: order = simultaneous shows the student the generator's own batch, without its "
        "average; generator_first or student_first");
  }
  MinMaxDistiller::Begin(ctx);
  memory_.emplace(Spec(), ctx.spec());
  memory_->Initialize(ctx.rng().Fork("generator"));  // as OnlineGenerator does
  memory_->Use(ctx.device(), ctx.teacher().profile());
}

void MadLike::AfterGeneratorStep() {
  const at::NoGradGuard no_grad;
  const double kept = options_.generator_momentum;
  const auto averages = memory_->Parameters(), now = generator().network().Parameters();
  for (size_t i = 0; i < averages.size(); ++i)
    averages[i].value.mul_(kept).add_(now[i].value, 1 - kept);
}

at::Tensor MadLike::StudentImages(DistillContext& ctx, int64_t round, int64_t step) {
  const auto latent = generator().Latent(options_.batch_size, round, "memory", step);
  const auto images = memory_->Images(latent, Grad::kNone);
  return at::cat({MinMaxDistiller::StudentImages(ctx, round, step),
                  memory_->emits_pixels() ? NormalizeUnit(images, ctx.spec()) : images});
}

at::Tensor MadLike::StudentLoss(const TransferBatch& batch) const {
  const auto halves = MinMaxDistiller::StudentLoss(batch).chunk(2);  // [N] each
  return 2 * at::cat({halves[0], options_.memory_weight * halves[1]});
}

void MadLike::Visit(StateVisitor& visitor) {
  MinMaxDistiller::Visit(visitor);
  memory_->Visit(visitor, "memory");
}

}  // namespace dfkd::mad_like
