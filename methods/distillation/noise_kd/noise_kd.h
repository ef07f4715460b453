// Control: distillation on Gaussian noise. The shortest distiller there is, and a template for new
// ones.
#pragma once
#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/nn/random.h"
#include "bench/recipes/pool_distiller.h"

namespace dfkd::noise_kd {

struct Options {
  int64_t rounds, batch_size;
  double lr, temperature, scale;
  static void Declare(OptionTable<Options>& o) {
    o.Add("rounds", &Options::rounds, {.initial = 2000, .lowest = 1},
          "rounds; one is one student step");
    o.Add("batch_size", &Options::batch_size, {.initial = 128, .lowest = 1}, "images of a step");
    o.Add("lr", &Options::lr, {.initial = 1e-3, .lowest = 0}, "learning rate of Adam");
    o.Add("temperature", &Options::temperature, {.initial = 4, .lowest = 0.01, .highest = 100},
          "softmax temperature of the KD loss");
    o.Add("scale", &Options::scale, {.initial = 1, .lowest = 0},
          "standard deviation of the noise, in units of the normalised input");
  }
};

class NoiseKd final : public PoolDistiller {
 public:
  explicit NoiseKd(const Options& options) : options_(options) {}

  void Begin(DistillContext& ctx) override {
    ctx.UseStudentOptimizer({.kind = "adam", .lr = options_.lr, .schedule = {.kind = "cosine"}});
  }

  at::Tensor Samples(DistillContext& ctx, int64_t count) override {
    return Noise(ctx, ctx.rng().Fork("samples"), count);
  }

 private:
  // Everything drawn comes from a stream named after the round, so there is no state to Visit.
  at::Tensor Images(DistillContext& ctx, int64_t round) override {
    return Noise(ctx, ctx.rng().Fork("noise", round), options_.batch_size);
  }

  at::Tensor Noise(DistillContext& ctx, const Rng& rng, int64_t count) const {
    const ImageSpec& spec = ctx.spec();
    const auto noise = Normal(rng, {count, spec.channels, spec.height, spec.width}, ctx.device());
    return noise.mul(options_.scale);  // [N,C,H,W]
  }

  KdLoss Kd() const override { return {.temperature = options_.temperature}; }

  const Options options_;
};

DFKD_REGISTER(NoiseKd, DistillerCard<Options>{.name = "noise_kd",
                                              .summary = "control: KD on Gaussian noise",
                                              .control = true,
                                              .traits = [](const Options& o) {
                                                return DistillerTraits{.rounds = o.rounds,
                                                                       .samples = true};
                                              }});

}  // namespace dfkd::noise_kd
