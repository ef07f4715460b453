#include "methods/distillation/fast_meta/fast_meta.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <vector>

#include "bench/nn/random.h"

namespace dfkd::fast_meta {
namespace {

constexpr double kReptile = 67;      // the code's scale of theta - theta_n
constexpr double kDeviation = 0.02;  // of weights that start anew

std::vector<at::Tensor> ValuesOf(const Generator& generator) {
  std::vector<at::Tensor> values;
  for (const auto& parameter : generator.Parameters()) values.push_back(parameter.value);
  return values;
}

}  // namespace

void FastMeta::Begin(DistillContext& ctx) {
  PoolInversion::Begin(ctx);
  GeneratorSpec spec;
  spec.kind = GeneratorKind::kDataFree;
  spec.latent = options_.latent;
  spec.width = options_.generator_width;
  for (auto* generator : {&generator_, &searching_}) {
    generator->emplace(spec, ctx.spec());
    (*generator)->Initialize(ctx.rng().Fork("generator"));
    (*generator)->Use(ctx.device(), ctx.teacher().profile());
  }
  const double lr = static_cast<double>(options_.synthesis_steps) * options_.generator_lr;
  optimizer_.emplace(generator_->Parameters(),
                     OptimizerSpec{.kind = "adam", .lr = lr, .beta1 = 0.5});
}

// The meta-generator is never asked for images itself.
void FastMeta::Synthesize(DistillContext& ctx, const Moment& moment) {
  const Rng rng = ctx.rng().Fork("synthesis", moment.epoch);
  if (options_.reset_at > 0 && moment.epoch + 1 == options_.warmup + options_.reset_at)
    ResetFirstLayers(rng.Fork("reset"));
  const auto meta = ValuesOf(*generator_), moving = ValuesOf(*searching_);
  std::vector<at::Tensor> along;  // the gradient of the meta-generator
  {
    const at::NoGradGuard no_grad;
    for (size_t i = 0; i < meta.size(); ++i) {
      moving[i].copy_(meta[i]);
      along.push_back(at::zeros_like(meta[i]));
    }
  }
  const int64_t count = options_.synthesis_batch;
  const auto latent = Normal(rng.Fork("latent"), {count, options_.latent}, ctx.device(),
                             PrecisionOf(ctx.teacher().profile()))
                          .requires_grad_(true);
  const auto adam = [](double lr) { return OptimizerSpec{.kind = "adam", .lr = lr, .beta1 = 0.5}; };
  Optimizer of_generator(searching_->Parameters(), adam(options_.generator_lr));
  Optimizer of_latent({{"latent", latent}}, adam(options_.latent_lr));
  auto trained = moving;
  trained.push_back(latent);
  const auto step = [&](const std::vector<at::Tensor>& gradients) {
    for (size_t i = 0; i < along.size(); ++i) along[i] += gradients[i];
    of_generator.DescendAlong({gradients.begin(), gradients.end() - 1});
    of_latent.DescendAlong({gradients.back()});
  };
  Search(ctx,
         {Integers(rng.Fork("labels"), ctx.spec().classes, {count}, ctx.device()),
          [&] { return searching_->Images(latent, Grad::kAll); }, trained, step},
         moment, rng);
  if (options_.meta == "reptile") {
    const at::NoGradGuard no_grad;
    for (size_t i = 0; i < meta.size(); ++i) along[i] = kReptile * (meta[i] - moving[i]);
  }
  optimizer_->DescendAlong(along);
}

// As the code does: also the weight of the normalisation becomes N(0, 0.02).
void FastMeta::ResetFirstLayers(const Rng& rng) {
  const at::NoGradGuard no_grad;
  for (const auto& [name, value] : generator_->Parameters()) {
    if (name == "fc.bias" || name == "bn0.bias") value.zero_();
    if (name == "fc.weight" || name == "bn0.weight")
      value.copy_(kDeviation * Normal(rng.Fork(name), value.sizes(), value.device()));
  }
}

void FastMeta::Visit(StateVisitor& visitor) {
  PoolInversion::Visit(visitor);
  generator_->Visit(visitor, "generator");
  optimizer_->Visit(visitor, "generator_optimizer");
}

}  // namespace dfkd::fast_meta
