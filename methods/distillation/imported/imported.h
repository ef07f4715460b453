// KD on images that somebody else made: by a diffusion model, by another program's distillation.
// They enter by their content, and what was behind them has to be said.
#pragma once
#include <ATen/Functions.h>

#include <optional>
#include <string>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/images/augment.h"
#include "bench/nn/classifier.h"
#include "bench/recipes/batches.h"
#include "bench/recipes/flip_option.h"
#include "bench/recipes/pool_distiller.h"
#include "bench/recipes/side_information.h"
#include "bench/recipes/transfer_set.h"

namespace dfkd::imported {

struct Options : FlipOption, HardLabelOption, SideInformation {
  std::string path, sha256, track;
  int64_t rounds, batch_size, crop;
  double lr, temperature;
  static void Declare(OptionTable<Options>& o) {
    o.Add("path", &Options::path, {.initial = "", .sha256 = "sha256", .folder = true},
          "safetensors file with a tensor \"images\", or folder of pictures; empty = procedural "
          "images, to try it out");
    o.Add("sha256", &Options::sha256, {.initial = ""},
          "checksum that `path` must have; empty = that of what is there when a run is planned");
    DeclareSideInformation(o);
    o.Add("track", &Options::track,
          {.initial = "out_of_distribution",
           .allowed = {"synthesized", "out_of_distribution", "clean_subset"}},
          "what the images are: made from the teacher alone, other images, or real images of the "
          "task");
    o.Add("rounds", &Options::rounds, {.initial = 80000, .lowest = 1},
          "rounds; one is one student step");
    o.Add("batch_size", &Options::batch_size, {.initial = 128, .lowest = 1}, "images of a step");
    o.Add("lr", &Options::lr, {.initial = 0.1, .lowest = 0},
          "learning rate of SGD (momentum 0.9, decay 1e-4), cosine to 0");
    o.Add("temperature", &Options::temperature, {.initial = 20, .lowest = 0.01, .highest = 100},
          "softmax temperature of the KD loss");
    o.Add("flip", &Options::flip, FlipLimits(),
          "mirror each image with probability 1/2; auto: where mirrored images keep their class");
    o.Add("crop", &Options::crop, {.initial = 4, .lowest = 0, .highest = 64},
          "random crop after padding by so many black pixels");
    DeclareHardLabel(o);
  }
};

class Imported final : public PoolDistiller {
 public:
  explicit Imported(const Options& options) : options_(options) {}

  void Begin(DistillContext& ctx) override {
    batches_.emplace("epochs_with_rest", options_.batch_size, ctx.transfer_set().images.size(0));
    ctx.UseStudentOptimizer({.kind = "sgd",
                             .lr = options_.lr,
                             .momentum = 0.9,
                             .weight_decay = 1e-4,
                             .schedule = {.kind = "cosine"}});
  }

 private:
  // A permutation of all in every pass; float32 [N,C,H,W].
  at::Tensor Images(DistillContext& ctx, int64_t round) override {
    const auto rows = batches_->Rows(ctx.rng(), round, ctx.device());
    auto pixels = ctx.transfer_set().images.index_select(0, rows);  // uint8 [N,C,H,W]
    if (options_.Flips(ctx.spec())) pixels = FlipEach(pixels, ctx.rng().Fork("flip", round));
    if (options_.crop > 0) {
      const auto black = at::zeros({pixels.size(1)}, pixels.options());
      pixels = RandomCrop(pixels, ctx.rng().Fork("crop", round), options_.crop, black);
    }
    return Normalize(pixels, ctx.spec());
  }

  KdLoss Kd() const override { return {.temperature = options_.temperature}; }
  bool HardLabel() const override { return options_.hard_label; }

  const Options options_;
  std::optional<Batches> batches_;
};

inline Track TrackOf(const std::string& name) {
  return name == "synthesized"    ? Track::kSynthesized
         : name == "clean_subset" ? Track::kCleanSubset
                                  : Track::kOutOfDistribution;
}

// Throws Error where the declaration is missing, or the track would compare what is not alike.
inline DistillerTraits TraitsOf(const Options& o) {
  if (!o.path.empty()) o.RequireDeclared("imported: path = \"" + o.path + "\"");
  if (o.track == "synthesized" && !o.IsNone()) {
    throw MakeError(
        "imported: track = synthesized is for images with \"none\" behind them, not extra_data = "
        "\"{}\" and pretrained = \"{}\"",
        o.extra_data, o.pretrained);
  }
  return {.rounds = o.rounds, .track = TrackOf(o.track)};
}

inline std::vector<std::string> IdleOptions(const Options& o) {
  std::vector<std::string> idle;
  if (o.path.empty()) idle.push_back("sha256");
  if (o.hard_label) idle.push_back("temperature");
  return idle;
}

DFKD_REGISTER(Imported,
              DistillerCard<Options>{
                  .name = "imported",
                  .summary = "KD on images of your own, with what is behind them declared",
                  .traits = TraitsOf,
                  .transfer_set =
                      [](const Options& o) {
                        return ImportedRecipe{o.path, o.sha256}.ToJson();
                      },
                  .idle_options = IdleOptions});

}  // namespace dfkd::imported
