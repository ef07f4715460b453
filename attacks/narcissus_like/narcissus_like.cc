#include "attacks/narcissus_like/narcissus_like.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <algorithm>

#include "bench/core/error.h"
#include "bench/images/pixel.h"
#include "bench/nn/classifier.h"
#include "bench/nn/device.h"
#include "bench/nn/losses.h"
#include "bench/nn/random.h"
#include "bench/recipes/universal_perturbation.h"

namespace dfkd::narcissus_like {

// argmin of the cross entropy of f(x + v) and the target over images of the target class.
void NarcissusLike::Craft(CraftContext& ctx) {
  const auto rows = ctx.train.labels.eq(options_.target).nonzero().squeeze(1);
  const auto images = ctx.train.images.index_select(0, rows);
  const int64_t batch = std::min(options_.batch, images.size(0));
  if (batch == 0) throw MakeError("narcissus_like: no image is of the target {}", options_.target);
  UniversalPerturbation v(ctx.spec, ctx.device, options_.epsilon,
                          {.kind = "radam", .lr = options_.craft_lr});
  const auto labels = Upload(at::full({batch}, options_.target, at::kLong), ctx.device);
  for (int64_t step = 0; step < options_.steps; ++step) {
    const auto drawn = Permutation(ctx.rng.Fork("craft", step), images.size(0)).narrow(0, 0, batch);
    const auto pixels = v.Applied(Upload(images.index_select(0, drawn), ctx.device));  // [N,C,H,W]
    const auto logits = ctx.clean_teacher->Logits(Normalize(pixels, ctx.spec), Grad::kInputs);
    const auto loss = CrossEntropyPerSample(logits, labels).mean();
    v.Descend(loss);
    ctx.progress.Tick(step + 1, options_.steps);
    if (ctx.progress.Wants(step))
      ctx.progress.Scalar("narcissus_like/loss", loss.item<double>(), step);
  }
  perturbation_ = v.GreyLevels();
}

at::Tensor NarcissusLike::Trigger(const at::Tensor& images) const {
  return Perturbed(images, options_.magnify);
}

at::Tensor NarcissusLike::PoisonedImages(const Split& train, const at::Tensor& rows) const {
  return Perturbed(train.images.index_select(0, rows), 1);
}

at::Tensor NarcissusLike::Perturbed(const at::Tensor& images, int64_t times) const {
  if (!perturbation_.defined()) throw Error("narcissus_like: the trigger has not been crafted yet");
  return AddAsset(images, (times * perturbation_).to(at::kShort));
}

}  // namespace dfkd::narcissus_like
