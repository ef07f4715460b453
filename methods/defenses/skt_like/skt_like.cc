#include "methods/defenses/skt_like/skt_like.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "bench/nn/classifier.h"
#include "bench/nn/losses.h"
#include "bench/nn/numerics.h"

namespace dfkd::skt_like {

at::Tensor InBall(const at::Tensor& perturbation, double radius) {
  return perturbation * (radius / perturbation.norm().clamp_min(1e-12)).clamp_max(1);
}

std::vector<at::Tensor> Candidates(const at::Tensor& perturbation) {
  const auto sign = perturbation.sign();
  const auto flat = perturbation.flatten().abs();
  const auto largest = std::get<1>(flat.topk(std::min<int64_t>(10, flat.numel())));
  const auto few = at::zeros_like(flat).index_fill_(0, largest, 1).view_as(perturbation) * sign;
  const double step = 16.0 / 255;  // L2 of the same size as Linf: 3.48 of 3x32x32
  const double radius = step * std::sqrt(static_cast<double>(perturbation.numel()));
  return {InBall(perturbation, radius), few, sign * step};
}

void SktLike::Begin(DefenseContext& context) {
  ReplacedLoss::Begin(context);
  const auto& spec = context.spec;
  const auto precision = PrecisionOf(context.teacher.profile());
  const auto like = at::TensorOptions(precision).device(context.device);
  const auto zero = at::zeros({1, spec.channels, spec.height, spec.width}, like);
  pool_.clear();
  for (int64_t i = 0; i < options_.pool; ++i) pool_.push_back(zero.clone());
  seen_.assign(pool_.size(), 0);
  turn_ = 0;
}

at::Tensor SktLike::Clipped(const at::Tensor& images, const at::Tensor& perturbation) const {
  const auto& spec = context().spec;
  const auto mean = PerChannel(spec.mean, images), stddev = PerChannel(spec.stddev, images);
  return ((images * stddev + mean + perturbation).clamp(0, 1) - mean) / stddev;
}

at::Tensor SktLike::Harm(const TransferBatch& batch, const at::Tensor& perturbation) const {
  const auto images = Clipped(batch.images.detach(), perturbation);
  const auto logits = context().teacher.Logits(images, Grad::kInputs);
  return CrossEntropyPerSample(logits, batch.teacher_logits.argmax(1)).mean();
}

void SktLike::Learn(const TransferBatch& batch, size_t which) {
  const auto leaf = pool_[which].detach().requires_grad_(true);
  const auto loss = options_.norm_penalty * leaf.square().sum() - Harm(batch, leaf);
  const auto gradient = Gradients(loss, {leaf})[0];
  const at::NoGradGuard no_grad;
  pool_[which] = InBall(leaf.detach() - options_.rate * gradient, options_.radius);
  seen_[which] += batch.images.size(0);
  if (seen_[which] < options_.images) return;
  const auto candidates = Candidates(pool_[which]);
  std::vector<at::Tensor> harms;
  for (const auto& candidate : candidates) harms.push_back(Harm(batch, candidate));
  const auto most = at::stack(harms).argmax().view({1});  // stays on the device
  pool_[which] = at::stack(candidates).index_select(0, most).squeeze(0);
}

// One that still learns takes a step; when all are done, none does.
void SktLike::Observe(const TransferBatch& batch) {
  if (batch.use != BatchUse::kStudent) return;
  for (size_t tries = 0; tries < pool_.size(); ++tries) {
    const auto which = static_cast<size_t>(turn_++) % pool_.size();
    if (seen_[which] < options_.images) return Learn(batch, which);
  }
}

at::Tensor SktLike::StudentImages(const TransferBatch& batch) {
  auto rng = context().rng.Fork("perturb", batch.round).Fork("step", batch.step);
  const bool perturbs = rng.Uniform() < options_.share;
  const auto which = static_cast<size_t>(rng.Below(options_.pool));
  const auto images = batch.images.detach();
  if (!perturbs || seen_[which] < options_.images) return images;
  // Not clipped, as in the original: only the search and its judgement are.
  return images + pool_[which] / PerChannel(context().spec.stddev, images);
}

at::Tensor SktLike::Loss(const TransferBatch& batch, const at::Tensor& student_logits) const {
  const double tau = options_.temperature;
  return tau * tau * KlPerSample(batch.teacher_logits, student_logits, tau).mean();
}

void SktLike::Visit(StateVisitor& visitor) {
  for (size_t i = 0; i < pool_.size(); ++i) {
    const auto name = std::to_string(i);
    visitor.Tensor("perturbation." + name, pool_[i]);
    visitor.Number("seen." + name, seen_[i]);
  }
  visitor.Number("turn", turn_);
}

}  // namespace dfkd::skt_like
