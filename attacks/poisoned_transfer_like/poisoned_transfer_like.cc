#include "attacks/poisoned_transfer_like/poisoned_transfer_like.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include "bench/nn/random.h"
#include "bench/recipes/projected_gradient.h"

namespace dfkd::poisoned_transfer_like {

at::Tensor PoisonedTransfer::Chosen(int64_t images, const Rng& rng) const {
  const int64_t count = CountOf(options_.share, images);
  return std::get<0>(Permutation(rng.Fork("chosen"), images).narrow(0, 0, count).sort());
}

// Perturbed first and stamped then: the trigger stays as it is, and the teacher still says the
// target.
at::Tensor PoisonedTransfer::PoisonTransfer(TransferPoisonContext& context) const {
  const auto rows = Chosen(context.transfer_set.images.size(0), context.rng);
  auto images = context.transfer_set.images.clone();  // [N,C,H,W]
  for (int64_t first = 0; first < rows.size(0); first += options_.batch) {
    const auto part = rows.slice(0, first, first + options_.batch);
    const auto clean = images.index_select(0, part).to(context.device, at::kFloat);
    const auto targets =
        at::full({part.size(0)}, options_.target, part.options()).to(context.device);
    const auto tick = [&](int64_t done) {
      context.progress.Tick(first * options_.steps + done * part.size(0),
                            rows.size(0) * options_.steps);
    };
    const auto towards =
        ProjectedGradient(context.teacher, context.spec, PixelBall(clean, options_.epsilon), clean,
                          targets, {options_.steps, -options_.step_size}, tick);
    images.index_copy_(0, part, Trigger(towards.to(at::kCPU)));
  }
  return images;
}

}  // namespace dfkd::poisoned_transfer_like
