// NAYER: the generator reads embeddings of the labels' names, and its images differ because a noisy
// layer in front of it is drawn anew for every search. Tran et al., CVPR 2024,
// https://arxiv.org/abs/2310.00258; losses and numbers of the authors' code. The method is
// LabelInversion with DataFree's generator and nothing of its own.
#pragma once
#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/recipes/generator_sides.h"
#include "bench/recipes/label_inversion.h"

namespace dfkd::nayer {

struct Options : LabelInversionOptions {
  // CIFAR-10, the 300 epochs of NAYER-300.
  static void Declare(OptionTable<Options>& o) {
    DeclareLabelInversion(o, {.rounds = 300,
                              .synthesis_batch = 400,
                              .synthesis_steps = 30,
                              .batch_size = 512,
                              .adversarial_weight = 1.33});
    DeclareGeneratorWidth(o);
  }
};

class Nayer final : public LabelInversion {
 public:
  explicit Nayer(const Options& options) : LabelInversion("nayer", options), options_(options) {}

 private:
  GeneratorSpec SpecOf(DistillContext& ctx) override;

  const Options options_;
};

DFKD_REGISTER(Nayer, DistillerCard<Options>{
                         .name = "nayer",
                         .summary = "inversion from label embeddings through noisy layers, a pool",
                         .paper = "https://arxiv.org/abs/2310.00258",
                         .revision = 2,
                         .presets = {{"rounds_100", {{"rounds", 100}}},
                                     {"cifar100", {{"synthesis_steps", 40}}}},
                         .traits = [](const Options& o) { return o.Traits("nayer"); },
                         .idle_options = [](const Options& o) { return o.Idle(); },
                         .why_unfit = WhySidesUnfit<Options>});

}  // namespace dfkd::nayer
