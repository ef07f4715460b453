// Fast-Datafree: a meta-generator from which a few steps lead to any batch of images, so that
// inversion costs little. Fang et al., AAAI 2022, https://arxiv.org/abs/2112.06253; losses, numbers
// and quirks of the authors' code.
#pragma once
#include <optional>
#include <string>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/nn/generator.h"
#include "bench/nn/optim.h"
#include "bench/recipes/generator_sides.h"
#include "bench/recipes/pool_inversion.h"

namespace dfkd::fast_meta {

struct Options : PoolInversionOptions {
  std::string meta;
  int64_t latent, reset_at;
  double generator_lr, latent_lr;
  // WRN-40-2 to smaller ones, 10 steps.
  static void Declare(OptionTable<Options>& o) {
    DeclarePoolInversion(o, {.one_hot_weight = 0.4, .adversarial_weight = 1.1});
    DeclareGeneratorWidth(o);
    o.Add("meta", &Options::meta, {.initial = "fomaml", .allowed = {"fomaml", "reptile"}},
          "where the meta-generator moves: along the sum of the gradients of a search, or towards "
          "its end");
    o.Add("latent", &Options::latent, {.initial = 256, .lowest = 1},
          "latent dimensions; latents are searched with the generator");
    o.Add("generator_lr", &Options::generator_lr, {.initial = 2e-3, .lowest = 0},
          "learning rate of a search's Adam; times synthesis_steps, that of the meta-generator's");
    o.Add("latent_lr", &Options::latent_lr, {.initial = 0.01, .lowest = 0},
          "learning rate of the latents' Adam");
    o.Add("reset_at", &Options::reset_at, {.initial = 120, .lowest = 0},
          "which round's synthesis finds the first layers of the meta-generator as new; 0: none");
  }
};

class FastMeta final : public PoolInversion {
 public:
  explicit FastMeta(const Options& options)
      : PoolInversion("fast_meta", options, /*adversarial_from=*/options.warmup - 1),
        options_(options) {}
  void Begin(DistillContext& ctx) override;
  void Visit(StateVisitor& visitor) override;

  // From Begin on.
  const Generator& generator() const { return *generator_; }

 private:
  void Synthesize(DistillContext& ctx, const Moment& moment) override;
  void ResetFirstLayers(const Rng& rng);

  const Options options_;
  // The meta-generator, and the copy that a search moves, dead between two.
  std::optional<Generator> generator_, searching_;
  std::optional<Optimizer> optimizer_;
};

// Fewer steps, larger ones, as published.
inline Json Steps(int64_t steps, double generator_lr, double latent_lr) {
  return {{"synthesis_steps", steps}, {"generator_lr", generator_lr}, {"latent_lr", latent_lr}};
}
inline Json Pair(double adversarial, double one_hot) {
  return {{"adversarial_weight", adversarial}, {"one_hot_weight", one_hot}};
}

DFKD_REGISTER(FastMeta, DistillerCard<Options>{
                            .name = "fast_meta",
                            .summary = "few-step inversion from a meta-generator, a pool",
                            .paper = "https://arxiv.org/abs/2112.06253",
                            .revision = 2,
                            .presets = {{"steps_2", Steps(2, 5e-3, 0.015)},
                                        {"steps_5", Steps(5, 3e-3, 0.01)},
                                        {"resnet_34_18", Pair(1.33, 0.5)},
                                        {"vgg_11_resnet_18", Pair(1, 0.5)}},
                            .traits = [](const Options& o) { return PoolInversionTraits(o); },
                            .why_unfit = WhySidesUnfit<Options>});

}  // namespace dfkd::fast_meta
