#include "bench/recipes/label_inversion.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <vector>

#include "bench/nn/optim.h"
#include "bench/nn/random.h"
#include "bench/nn/visit.h"
#include "bench/recipes/noisy_layers.h"

namespace dfkd {
namespace {

constexpr int64_t kRandomWidth = 512;  // as wide as CLIP's
constexpr double kEpsilonOfNorm = 1e-5;

}  // namespace

void LabelInversion::Begin(DistillContext& ctx) {
  PoolInversion::Begin(ctx);
  const auto precision = PrecisionOf(ctx.teacher().profile());
  const auto options = at::TensorOptions(precision).device(ctx.device());
  const int64_t classes = ctx.spec().classes;
  const auto embeddings =
      options_.embeddings.empty()
          ? Normal(ctx.rng().Fork("embeddings"), {classes, kRandomWidth}, ctx.device(), precision)
          : ReadEmbeddings(options_.embeddings, options_.embeddings_sha256, classes);
  embeddings_ = embeddings.to(options);
  norm_weight_ = at::ones({embeddings_.size(1)}, options).requires_grad_(true);
  norm_bias_ = at::zeros({embeddings_.size(1)}, options).requires_grad_(true);
  generator_.emplace(SpecOf(ctx), ctx.spec());
  generator_->Use(ctx.device(), ctx.teacher().profile());
  Renew(ctx.rng().Fork("generator", 0));
}

void LabelInversion::Renew(const Rng& rng) {
  const at::NoGradGuard no_grad;
  generator_->Initialize(rng);
  norm_weight_.fill_(1);
  norm_bias_.zero_();
}

void LabelInversion::Synthesize(DistillContext& ctx, const Moment& moment) {
  const int64_t life = options_.generator_life, epoch = moment.epoch;
  if (epoch % life == 0 || (epoch - options_.warmup) % life == 0)
    Renew(ctx.rng().Fork("generator", epoch));
  const Rng rng = ctx.rng().Fork("synthesis", epoch);
  const bool warms = epoch < options_.warmup;
  const int64_t searches = warms ? options_.warmup_searches : options_.searches;
  for (int64_t i = 0; i < searches; ++i) SearchOnce(ctx, moment, rng.Fork("search", i));
}

void LabelInversion::SearchOnce(DistillContext& ctx, const Moment& moment, const Rng& rng) {
  const int64_t count = options_.synthesis_batch, classes = ctx.spec().classes;
  NoisyLayers noisy(count, classes, embeddings_.size(1), options_.latent);
  noisy.Draw(rng.Fork("noisy"), embeddings_.options());
  const auto labels = LabelsInBlocks(rng.Fork("labels"), count, classes, ctx.device());
  const auto named = embeddings_.index_select(0, labels);  // [N, width]
  auto parameters = generator_->Parameters();
  for (const auto& parameter : noisy.Parameters()) parameters.push_back(parameter);
  parameters.push_back({"norm.weight", norm_weight_});
  parameters.push_back({"norm.bias", norm_bias_});
  std::vector<at::Tensor> trained;
  for (const auto& parameter : parameters) trained.push_back(parameter.value);
  Optimizer adam(parameters, {.kind = "adam", .lr = options_.generator_lr, .beta1 = 0.5});
  const auto images = [&] {
    const auto normed = at::batch_norm(named, norm_weight_, norm_bias_, {}, {}, /*training=*/true,
                                       /*momentum=*/0, kEpsilonOfNorm, /*cudnn_enabled=*/false);
    return Images(*generator_, noisy.Latent(normed));
  };
  Search(ctx, {labels, images, trained, [&](const auto& along) { adam.DescendAlong(along); }},
         moment, rng);
}

void LabelInversion::Visit(StateVisitor& visitor) {
  PoolInversion::Visit(visitor);
  generator_->Visit(visitor, "generator");
  VisitInPlace(visitor, "norm.weight", norm_weight_);
  VisitInPlace(visitor, "norm.bias", norm_bias_);
}

}  // namespace dfkd
