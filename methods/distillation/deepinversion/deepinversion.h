// DeepInversion, in pixels: images are optimised until the teacher is sure of random labels and its
// batch normalisations see the statistics of its training data; then the student is distilled on
// them. Yin et al., CVPR 2020, https://arxiv.org/abs/1912.08795
#pragma once
#include <string>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/nn/classifier.h"
#include "bench/recipes/flip_option.h"
#include "bench/recipes/pool_distiller.h"
#include "bench/recipes/transfer_set.h"

namespace dfkd::deepinversion {

struct Options : FlipOption {
  std::string start;
  int64_t images, synthesis_batch, synthesis_steps;
  double synthesis_lr, one_hot_weight, norm_weight, tv_weight;
  int64_t roll;
  int64_t rounds, batch_size;
  double lr, temperature, cutmix_beta;
  static void Declare(OptionTable<Options>& o) {
    o.Add("start", &Options::start, {.initial = "bank", .allowed = {"bank", "noise"}},
          "what synthesis starts from: procedural images (solids) or Gaussian noise");
    o.Add("images", &Options::images, {.initial = 1024, .lowest = 2}, "images to make");
    o.Add("synthesis_batch", &Options::synthesis_batch, {.initial = 256, .lowest = 2},
          "images optimised together");
    o.Add("synthesis_steps", &Options::synthesis_steps, {.initial = 60, .lowest = 1},
          "Adam steps for each batch");
    o.Add("synthesis_lr", &Options::synthesis_lr, {.initial = 0.1, .lowest = 0},
          "learning rate in normalised units; cosine to 2 %");
    o.Add("one_hot_weight", &Options::one_hot_weight, {.initial = 1, .lowest = 0},
          "weight of the cross entropy against random labels");
    o.Add("norm_weight", &Options::norm_weight, {.initial = 1, .lowest = 0},
          "weight of the distance to the running statistics");
    o.Add("tv_weight", &Options::tv_weight, {.initial = 0.1, .lowest = 0},
          "weight of the total variation");
    o.Add("roll", &Options::roll, {.initial = 2, .lowest = 0, .highest = 64},
          "batches are rolled by up to this many pixels, in synthesis and in distillation");
    o.Add("flip", &Options::flip, FlipLimits(),
          "batches are mirrored half of the time; auto: where mirrored images keep their class");
    o.Add("rounds", &Options::rounds, {.initial = 400, .lowest = 1},
          "rounds of distillation; one is one student step");
    o.Add("batch_size", &Options::batch_size, {.initial = 128, .lowest = 2}, "images of a step");
    o.Add("lr", &Options::lr, {.initial = 1e-2, .lowest = 0},
          "learning rate of the student's Adam, cosine to 0");
    o.Add("temperature", &Options::temperature, {.initial = 4, .lowest = 0.01, .highest = 100},
          "softmax temperature of the KD loss");
    o.Add("cutmix_beta", &Options::cutmix_beta, {.initial = 0.25, .lowest = 0},
          "Beta parameter of CutMix; 0: off");
  }
};

class DeepInversion final : public PoolDistiller {
 public:
  explicit DeepInversion(const Options& options) : options_(options) {}
  Split Synthesize(SynthesisContext& ctx) override;
  void Begin(DistillContext& ctx) override;

 private:
  at::Tensor Images(DistillContext& ctx, int64_t round) override;
  at::Tensor Invert(SynthesisContext& ctx, const at::Tensor& start, int64_t batch) const;
  at::Tensor ImageLoss(SynthesisContext& ctx, const at::Tensor& images, const at::Tensor& labels,
                       int64_t step) const;
  at::Tensor Start(SynthesisContext& ctx, int64_t first, int64_t count) const;
  at::Tensor Augment(const at::Tensor& images, const ImageSpec& spec, const Rng& rng,
                     int64_t step) const;
  int64_t Batches() const {
    return (options_.images + options_.synthesis_batch - 1) / options_.synthesis_batch;
  }
  KdLoss Kd() const override { return {options_.temperature, true, /*tau_squared=*/false}; }

  const Options options_;
};

inline Json StartingImages(const Options& o) {
  if (o.start == "noise") return nullptr;
  return BankRecipe{.kind = "solids", .count = o.images, .balance = false}.ToJson();
}

DFKD_REGISTER(DeepInversion,
              DistillerCard<Options>{.name = "deepinversion",
                                     .summary = "images inverted from the teacher, in pixels",
                                     .paper = "https://arxiv.org/abs/1912.08795",
                                     .revision = 2,
                                     .traits =
                                         [](const Options& o) {
                                           return DistillerTraits{.rounds = o.rounds,
                                                                  .track = Track::kSynthesized,
                                                                  .synthesizes = true};
                                         },
                                     .transfer_set = StartingImages});

}  // namespace dfkd::deepinversion
