#include "bench/recipes/online_minmax.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>

#include <cmath>

#include "bench/core/error.h"
#include "bench/nn/device.h"
#include "bench/nn/random.h"

namespace dfkd {
namespace {

Generator MakeGenerator(const GeneratorSpec& spec, DistillContext& ctx) {
  Generator generator(spec, ctx.spec());
  generator.Initialize(ctx.rng().Fork("generator"));
  generator.Use(ctx.device(), ctx.teacher().profile());
  return generator;
}

void CheckFinite(const at::Tensor& loss, int64_t round) {
  if (!MayRead(loss.device(), round)) return;
  const double value = loss.item<double>();
  if (!std::isfinite(value)) {
    throw MakeError(FailureClass::kDiverged, "round {}: the generator's loss is {}", round, value);
  }
}

}  // namespace

OnlineGenerator::OnlineGenerator(const GeneratorSpec& generator, const OptimizerSpec& optimizer,
                                 DistillContext& ctx)
    : latent_(generator.latent),
      total_rounds_(ctx.total_rounds()),
      spec_(ctx.spec()),
      device_(ctx.device()),
      precision_(PrecisionOf(ctx.teacher().profile())),
      rng_(ctx.rng().Fork("latent")),
      generator_(MakeGenerator(generator, ctx)),
      optimizer_(generator_.Parameters(), optimizer) {}

at::Tensor OnlineGenerator::Latent(int64_t batch, int64_t round) const {
  return Normal(rng_.Fork("round", round), {batch, latent_}, device_, precision_);
}

at::Tensor OnlineGenerator::Latent(int64_t batch, int64_t round, const char* step,
                                   int64_t index) const {
  return Normal(rng_.Fork("round", round).Fork(step, index), {batch, latent_}, device_, precision_);
}

at::Tensor OnlineGenerator::Images(const at::Tensor& latent, Grad grad, Mode mode) {
  const auto images = generator_.Images(latent, grad, mode);
  return generator_.emits_pixels() ? NormalizeUnit(images, spec_) : images;
}

at::Tensor OnlineGenerator::Samples(const Rng& rng, int64_t count, int64_t batch, Mode mode) {
  std::vector<at::Tensor> images;
  for (int64_t made = 0; made < count; made += batch) {
    const auto latent = Normal(rng.Fork("latent", made), {batch, latent_}, device_, precision_);
    images.push_back(Images(latent, Grad::kNone, mode));
  }
  return at::cat(images).slice(0, 0, count);
}

void OnlineGenerator::Descend(const at::Tensor& loss, int64_t round) {
  CheckFinite(loss, round);
  optimizer_.Descend(loss, ScheduleFactor(optimizer_.spec().schedule, round, total_rounds_));
}

void OnlineGenerator::Visit(StateVisitor& visitor) {
  generator_.Visit(visitor, "generator");
  optimizer_.Visit(visitor, "generator_optimizer");
}

}  // namespace dfkd
