// KD on out-of-distribution images: patches of one picture, or a bank of procedural ones.
// Asano and Saeed, "The Augmented Image Prior" (ICLR 2023), https://arxiv.org/abs/2112.00725;
// settings as in ABD (Hong et al., ICML 2023).
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
#include "bench/recipes/epoch_options.h"
#include "bench/recipes/pool_distiller.h"
#include "bench/recipes/transfer_set.h"

namespace dfkd::ood_kd {

struct Options : EpochOptions, HardLabelOption {
  std::string source, bank, picture, picture_sha256, schedule, order, flip;
  int64_t count, batch_size, crop;
  double lr, temperature, cutmix_beta;
  bool balance, mean_over_classes, tau_squared, cutmix;
  static void Declare(OptionTable<Options>& o) {
    o.Add("source", &Options::source, {.initial = "patches", .allowed = {"bank", "patches"}},
          "the images: patches of one picture, or a procedural bank");
    o.Add("bank", &Options::bank, {.initial = "solids_mix", .allowed = {"solids", "solids_mix"}},
          "kind of the procedural bank");
    o.Add("picture", &Options::picture, {.initial = "", .sha256 = "picture_sha256"},
          "PNG, JPEG or PPM file to cut patches from; empty = a procedural picture");
    o.Add("picture_sha256", &Options::picture_sha256, {.initial = ""},
          "checksum that `picture` must have; empty = that of the file when a run is planned");
    o.Add("count", &Options::count, {.initial = 50000, .lowest = 1}, "images in the transfer set");
    o.Add("balance", &Options::balance, {.initial = false},
          "resample the images so that the teacher's classes are about equally frequent");
    DeclareEpochs(o, 300, "passes over the transfer set, of `count` / `batch_size` steps");
    o.Add("batch_size", &Options::batch_size, {.initial = 512, .lowest = 1}, "images of a step");
    o.Add("order", &Options::order, {.initial = "epochs", .allowed = {"epochs", "replacement"}},
          "batches from a permutation per epoch, or drawn with replacement");
    o.Add("lr", &Options::lr, {.initial = 1e-3, .lowest = 0}, "learning rate of Adam");
    o.Add("schedule", &Options::schedule,
          {.initial = "multistep", .allowed = {"cosine", "multistep"}},
          "cosine to 0, or halved at epochs 150, 300 and 600");
    o.Add("temperature", &Options::temperature, {.initial = 8, .lowest = 0.01, .highest = 100},
          "softmax temperature of the KD loss");
    o.Add("mean_over_classes", &Options::mean_over_classes, {.initial = true},
          "divide the KD loss by the number of classes");
    o.Add("tau_squared", &Options::tau_squared, {.initial = false},
          "multiply the KD loss by the temperature squared");
    o.Add("flip", &Options::flip, {.initial = "auto", .allowed = {"auto", "none", "each", "batch"}},
          "mirror each image, or whole batches, with probability 1/2; auto: each, where mirrored "
          "images keep their class");
    o.Add("crop", &Options::crop, {.initial = 4, .lowest = 0, .highest = 64},
          "random crop after padding by so many black pixels");
    o.Add("cutmix", &Options::cutmix, {.initial = true}, "paste one random box per batch");
    o.Add("cutmix_beta", &Options::cutmix_beta, {.initial = 0.25, .lowest = 0.01, .highest = 100},
          "CutMix draws its area from Beta(b, b)");
    DeclareHardLabel(o);
  }
};

class OodKd final : public PoolDistiller {
 public:
  explicit OodKd(const Options& options) : options_(options) {}

  void Begin(DistillContext& ctx) override {
    batches_.emplace(options_.order, options_.batch_size, ctx.transfer_set().images.size(0));
    OptimizerSpec adam{.kind = "adam", .lr = options_.lr, .schedule = {.kind = options_.schedule}};
    if (options_.schedule == "multistep") {
      const auto epoch = batches_->per_epoch();
      adam.schedule.milestones = {150 * epoch, 300 * epoch, 600 * epoch};
      adam.schedule.gamma = 0.5;
    }
    ctx.UseStudentOptimizer(adam);
  }

 private:
  // Teacher and student both see the augmented, mixed images; the student takes a step down Kd() a
  // round. Flips and crops work on pixels, where black is 0; float32 [N,C,H,W].
  at::Tensor Images(DistillContext& ctx, int64_t round) override {
    const auto rows = batches_->Rows(ctx.rng(), round, ctx.device());
    auto pixels = ctx.transfer_set().images.index_select(0, rows);  // uint8 [N,C,H,W]
    const auto stream = [&](const char* name) { return ctx.rng().Fork(name, round); };
    const bool each = options_.flip == "each" || (options_.flip == "auto" && ctx.spec().mirrors);
    if (each) pixels = FlipEach(pixels, stream("flip"));
    if (options_.flip == "batch") pixels = FlipBatch(pixels, stream("flip"));
    if (options_.crop > 0) {
      const auto black = at::zeros({pixels.size(1)}, pixels.options());
      pixels = RandomCrop(pixels, stream("crop"), options_.crop, black);
    }
    const auto images = Normalize(pixels, ctx.spec());
    return options_.cutmix ? CutMix(images, stream("cutmix"), options_.cutmix_beta) : images;
  }

  KdLoss Kd() const override {
    return {options_.temperature, options_.mean_over_classes, options_.tau_squared};
  }
  bool HardLabel() const override { return options_.hard_label; }

  const Options options_;
  std::optional<Batches> batches_;
};

inline Json TransferSetOf(const Options& o) {
  if (o.source == "bank") return BankRecipe{o.bank, o.count, o.balance}.ToJson();
  return PatchRecipe{o.picture, o.picture_sha256, o.count, o.balance}.ToJson();
}

inline DistillerTraits TraitsOf(const Options& o) {
  return {.rounds = o.Rounds(BatchesPerEpoch(o.order, o.batch_size, o.count)),
          .track = Track::kOutOfDistribution};
}

inline std::vector<std::string> IdleOptions(const Options& o) {
  auto idle = o.IdleEpochs();
  idle.push_back(o.source == "bank" ? "picture" : "bank");
  if (o.source == "bank" || o.picture.empty()) idle.push_back("picture_sha256");
  if (!o.cutmix) idle.push_back("cutmix_beta");
  if (o.hard_label) idle.insert(idle.end(), {"temperature", "mean_over_classes", "tau_squared"});
  return idle;
}

DFKD_REGISTER(OodKd, DistillerCard<Options>{
                         .name = "ood_kd",
                         .summary = "KD on patches of one picture or on procedural images",
                         .paper = "https://arxiv.org/abs/2112.00725",
                         .presets = {{"faithful", Json::object()},
                                     {"quick",
                                      {{"source", "bank"},
                                       {"count", 8000},
                                       {"balance", true},
                                       {"rounds", 400},
                                       {"batch_size", 128},
                                       {"order", "replacement"},
                                       {"lr", 1e-2},
                                       {"schedule", "cosine"},
                                       {"temperature", 4},
                                       {"flip", "batch"},
                                       {"crop", 0}}}},
                         .traits = TraitsOf,
                         .transfer_set = TransferSetOf,
                         .idle_options = IdleOptions});

}  // namespace dfkd::ood_kd
