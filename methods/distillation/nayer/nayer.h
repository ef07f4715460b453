// NAYER: the generator reads embeddings of the labels' names, and its images differ because a noisy
// layer in front of it is drawn anew for every search. Tran et al., CVPR 2024,
// https://arxiv.org/abs/2310.00258; losses and numbers of the authors' code.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/nn/classifier.h"
#include "bench/nn/generator.h"
#include "bench/recipes/noisy_layers.h"
#include "bench/recipes/pool_inversion.h"
#include "bench/recipes/side_information.h"

namespace dfkd::nayer {

struct Options : PoolInversionOptions, SideInformation {
  std::string embeddings, embeddings_sha256;
  int64_t latent, searches, warmup_searches, generator_life;
  double generator_lr;
  // CIFAR-10, the 300 epochs of NAYER-300.
  static void Declare(OptionTable<Options>& o) {
    DeclarePoolInversion(o, {.rounds = 300,
                             .synthesis_batch = 400,
                             .synthesis_steps = 30,
                             .batch_size = 512,
                             .adversarial_weight = 1.33});
    o.Add("embeddings", &Options::embeddings, {.initial = "", .sha256 = "embeddings_sha256"},
          "safetensors file with a tensor \"embeddings\", F32 [classes, width], of the labels' "
          "names; empty = random vectors, which know nothing of them");
    o.Add("embeddings_sha256", &Options::embeddings_sha256, {.initial = ""},
          "checksum that `embeddings` must have; empty = that of the file when a run is planned");
    DeclareSideInformation(o);
    o.Add("latent", &Options::latent, {.initial = 1000, .lowest = 1},
          "dimensions of what the noisy layer gives to the generator");
    o.Add("searches", &Options::searches, {.initial = 2, .lowest = 1, .highest = 1000},
          "searches of a synthesis, each with new noisy layers");
    o.Add("warmup_searches", &Options::warmup_searches,
          {.initial = 10, .lowest = 1, .highest = 1000}, "searches of one of the warm-up");
    o.Add("generator_life", &Options::generator_life, {.initial = 10, .lowest = 1},
          "syntheses after which the generator starts anew");
    o.Add("generator_lr", &Options::generator_lr, {.initial = 4e-3, .lowest = 0},
          "learning rate of a search's Adam, of the generator and the noisy layers");
  }
};

class Nayer final : public PoolInversion {
 public:
  explicit Nayer(const Options& options)
      : PoolInversion("nayer", options, /*adversarial_from=*/options.warmup), options_(options) {}
  void Begin(DistillContext& ctx) override;
  void Visit(StateVisitor& visitor) override;

 private:
  void Synthesize(DistillContext& ctx, const Moment& moment) override;
  void SearchOnce(DistillContext& ctx, const Moment& moment, const Rng& rng);
  // The generator and the normalisation as new.
  void Renew(const Rng& rng);

  const Options options_;
  // [classes, width].
  at::Tensor embeddings_;
  std::optional<Generator> generator_;
  // Of the batch normalisation of the embeddings, [width].
  at::Tensor norm_weight_, norm_bias_;
};

inline DistillerTraits TraitsOf(const Options& o) {
  if (!o.embeddings.empty()) o.RequireDeclared("nayer: embeddings = \"" + o.embeddings + "\"");
  return PoolInversionTraits(o);
}

inline std::vector<std::string> IdleOptions(const Options& o) {
  return o.embeddings.empty() ? std::vector<std::string>{"embeddings_sha256"}
                              : std::vector<std::string>{};
}

DFKD_REGISTER(Nayer, DistillerCard<Options>{
                         .name = "nayer",
                         .summary = "inversion from label embeddings through noisy layers, a pool",
                         .paper = "https://arxiv.org/abs/2310.00258",
                         .presets = {{"rounds_100", {{"rounds", 100}}},
                                     {"cifar100", {{"synthesis_steps", 40}}}},
                         .traits = TraitsOf,
                         .idle_options = IdleOptions});

}  // namespace dfkd::nayer
