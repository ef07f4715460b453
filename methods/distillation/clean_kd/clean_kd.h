// Control: KD on a share of the clean training data, the "Clean KD" of ABD (Hong et al., ICML
// 2023). Hinton, Vinyals, Dean 2015, https://arxiv.org/abs/1503.02531. Bounds from above what a
// student without data can reach.
#pragma once
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <optional>
#include <string>

#include "bench/core/error.h"
#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/images/augment.h"
#include "bench/nn/classifier.h"
#include "bench/nn/losses.h"
#include "bench/recipes/batches.h"
#include "bench/recipes/count_of.h"
#include "bench/recipes/epoch_options.h"
#include "bench/recipes/flip_option.h"
#include "bench/recipes/pool_distiller.h"
#include "bench/recipes/transfer_set.h"

namespace dfkd::clean_kd {

struct Options : FlipOption, EpochOptions {
  double share, lr, momentum, weight_decay, temperature, alpha;
  int64_t batch_size, crop;
  std::string schedule, train_std;
  bool nesterov, mean_over_classes;
  static void Declare(OptionTable<Options>& o) {
    o.Add("share", &Options::share, {.initial = 0.2, .lowest = 0, .highest = 1},
          "share of the clean training set");
    DeclareEpochs(o, 170, "passes over the images, the rest of one a smaller batch");
    o.Add("batch_size", &Options::batch_size, {.initial = 128, .lowest = 1}, "images of a step");
    o.Add("lr", &Options::lr, {.initial = 0.1, .lowest = 0}, "learning rate of SGD");
    o.Add("momentum", &Options::momentum, {.initial = 0.9, .lowest = 0, .highest = 1},
          "momentum of SGD");
    o.Add("weight_decay", &Options::weight_decay, {.initial = 5e-4, .lowest = 0},
          "L2 penalty of SGD");
    o.Add("nesterov", &Options::nesterov, {.initial = false}, "Nesterov's form of it");
    o.Add("schedule", &Options::schedule,
          {.initial = "constant", .allowed = {"cosine", "constant"}},
          "learning rate over the rounds");
    o.Add("temperature", &Options::temperature, {.initial = 6, .lowest = 0.01, .highest = 100},
          "softmax temperature of the KD loss");
    o.Add("alpha", &Options::alpha, {.initial = 0.95, .lowest = 0, .highest = 1},
          "weight of the KD loss; the rest goes to the cross entropy with the true labels");
    o.Add("mean_over_classes", &Options::mean_over_classes, {.initial = true},
          "divide the KD loss by the number of classes");
    o.Add("flip", &Options::flip, FlipLimits(),
          "mirror each image with probability 1/2; auto: where mirrored images keep their class");
    o.Add("crop", &Options::crop, {.initial = 4, .lowest = 0, .highest = 64},
          "random crop after padding by so many black pixels");
    o.Add(
        "train_std", &Options::train_std, {.initial = "spec", .allowed = {"spec", "cifar_true"}},
        "deviations that normalise the images here: the data set's own, or (0.247, 0.243, 0.261)");
  }
};

class CleanKd final : public PoolDistiller {
 public:
  explicit CleanKd(const Options& options) : options_(options) {}

  void Begin(DistillContext& ctx) override {
    spec_ = TrainSpec(ctx.spec());
    batches_.emplace("epochs_with_rest", options_.batch_size, ctx.transfer_set().images.size(0));
    ctx.UseStudentOptimizer({.kind = "sgd",
                             .lr = options_.lr,
                             .momentum = options_.momentum,
                             .weight_decay = options_.weight_decay,
                             .nesterov = options_.nesterov,
                             .schedule = {.kind = options_.schedule}});
  }

 private:
  // alpha tau^2 KL(T || S; tau) + (1 - alpha) CE(S, y)
  at::Tensor Loss(DistillContext& ctx, const TransferBatch& batch) override {
    const auto labels = ctx.transfer_set().labels.index_select(0, Rows(ctx, batch.round));  // [N]
    const auto hard = CrossEntropyPerSample(batch.student_logits, labels);
    return options_.alpha * KdPerSample(batch) + (1 - options_.alpha) * hard;
  }

  KdLoss Kd() const override {
    return {options_.temperature, options_.mean_over_classes, /*tau_squared=*/true};
  }

  at::Tensor Rows(DistillContext& ctx, int64_t round) {
    return batches_->Rows(ctx.rng(), round, ctx.device());
  }

  at::Tensor Images(DistillContext& ctx, int64_t round) override {
    auto pixels = ctx.transfer_set().images.index_select(0, Rows(ctx, round));  // uint8 [N,C,H,W]
    if (options_.Flips(ctx.spec())) pixels = FlipEach(pixels, ctx.rng().Fork("flip", round));
    if (options_.crop > 0) {
      const auto black = at::zeros({pixels.size(1)}, pixels.options());
      pixels = RandomCrop(pixels, ctx.rng().Fork("crop", round), options_.crop, black);
    }
    return Normalize(pixels, spec_);
  }

  // The reference trains with the true deviations of CIFAR-10 and tests with the customary ones,
  // with which its teachers were trained, too (abd.md j21).
  ImageSpec TrainSpec(ImageSpec spec) const {
    if (options_.train_std == "spec") return spec;
    if (spec.channels != 3) {
      throw MakeError("clean_kd: train_std = {} is for 3 channels, not {}", options_.train_std,
                      spec.channels);
    }
    spec.stddev = {0.247, 0.243, 0.261};
    return spec;
  }

  const Options options_;
  ImageSpec spec_;
  std::optional<Batches> batches_;
};

inline Json TransferSetOf(const Options& o) { return CleanSubsetRecipe{o.share}.ToJson(); }

inline int64_t RoundsOn(const Options& o, int64_t training_images) {
  const int64_t images = CountOf(o.share, training_images);
  return o.Rounds(BatchesPerEpoch("epochs_with_rest", o.batch_size, images));
}

inline DistillerTraits TraitsOf(const Options& o) {
  return {.rounds = RoundsOn(o, 50000), .track = Track::kCleanSubset};
}

// The proper upper bound: all images, both losses at full weight, a schedule (dfkd_methods 3.1c).
inline Json UpperBound() {
  return {{"share", 1},          {"epochs", 200},    {"temperature", 4},
          {"alpha", 0.9},        {"nesterov", true}, {"mean_over_classes", false},
          {"schedule", "cosine"}};
}

DFKD_REGISTER(CleanKd,
              DistillerCard<Options>{
                  .name = "clean_kd",
                  .summary = "control: KD on a share of the clean training data",
                  .paper = "https://arxiv.org/abs/1503.02531",
                  .control = true,
                  .presets = {{"faithful", {{"train_std", "cifar_true"}, {"flip", "true"}}},
                              {"upper_bound", UpperBound()}},
                  .traits = TraitsOf,
                  .transfer_set = TransferSetOf,
                  .idle_options = [](const Options& o) { return o.IdleEpochs(); },
                  .rounds_on = RoundsOn});

}  // namespace dfkd::clean_kd
