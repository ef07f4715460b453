// DeepInversion as published, and Adaptive DeepInversion: pixels are optimised from noise until the
// teacher is sure of their labels and its batch normalisations see what they know; the adaptive
// form also looks for images on which the student of the moment disagrees, a batch every few steps.
// Yin et al., CVPR 2020, https://arxiv.org/abs/1912.08795. (`deepinversion` is the light form.)
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/nn/classifier.h"
#include "bench/recipes/flip_option.h"
#include "bench/recipes/inversion_pool.h"

namespace dfkd::adi {

struct Options : FlipOption {
  bool adaptive;
  int64_t rounds, synthesis_batch, synthesis_steps, student_steps, batch_size;
  double synthesis_lr, norm_weight, tv_weight, l2_weight, adversarial_weight;
  int64_t roll, crop;
  double lr, temperature;
  static void Declare(OptionTable<Options>& o) {
    o.Add("adaptive", &Options::adaptive, {.initial = true},
          "against the student, between its steps; false: DeepInversion, all images ahead");
    o.Add("rounds", &Options::rounds, {.initial = 1000, .lowest = 1},
          "batches to make, each with student_steps student steps");
    o.Add("synthesis_batch", &Options::synthesis_batch, {.initial = 256, .lowest = 2},
          "images optimised together, their labels 0, 1, 2 … repeated");
    o.Add("synthesis_steps", &Options::synthesis_steps, {.initial = 2000, .lowest = 1},
          "Adam steps for each batch");
    o.Add("student_steps", &Options::student_steps, {.initial = 50, .lowest = 1},
          "student steps of a round, on all images made so far");
    o.Add("batch_size", &Options::batch_size, {.initial = 256, .lowest = 2},
          "images of a student step");
    o.Add("synthesis_lr", &Options::synthesis_lr, {.initial = 0.05, .lowest = 0},
          "learning rate of the images' Adam, in normalised units, constant");
    o.Add("norm_weight", &Options::norm_weight, {.initial = 10, .lowest = 0},
          "weight of the distance to the running statistics");
    o.Add("tv_weight", &Options::tv_weight, {.initial = 2.5e-5, .lowest = 0},
          "weight of the total variation (norms of four neighbour differences)");
    o.Add("l2_weight", &Options::l2_weight, {.initial = 3e-8, .lowest = 0},
          "weight of the norm of the batch");
    o.Add("adversarial_weight", &Options::adversarial_weight, {.initial = 10, .lowest = 0},
          "weight of 1 - JS(teacher, student), if adaptive");
    o.Add("roll", &Options::roll, {.initial = 2, .lowest = 0, .highest = 64},
          "batches are rolled by up to this many pixels while they are made");
    o.Add("crop", &Options::crop, {.initial = 4, .lowest = 0, .highest = 64},
          "black padding of the random crop before a student step; 0: off");
    o.Add("flip", &Options::flip, FlipLimits(),
          "images are mirrored half of the time before a student step; auto: where mirrored images "
          "keep their class");
    o.Add("lr", &Options::lr, {.initial = 0.1, .lowest = 0},
          "learning rate of the student's SGD (momentum 0.9, decay 1e-4), cosine to 0 by round");
    o.Add("temperature", &Options::temperature, {.initial = 3, .lowest = 0.01, .highest = 100},
          "softmax temperature of the KD loss");
  }
};

// Sum of the norms of the differences of neighbours in four directions; [N,C,H,W].
at::Tensor NeighbourDistance(const at::Tensor& images);

class Adi final : public Distiller {
 public:
  explicit Adi(const Options& options) : options_(options) {}
  Split Synthesize(SynthesisContext& ctx) override;
  void Begin(DistillContext& ctx) override;
  void Round(DistillContext& ctx, int64_t round) override;
  at::Tensor Samples(DistillContext&, int64_t count) override { return pool_.Newest(count); }
  void Visit(StateVisitor& visitor) override { pool_.Visit(visitor, "pool"); }

 private:
  // What the two contexts have in common.
  struct Surroundings {
    ImageSpec spec;
    at::Device device;
    const Classifier& teacher;
    Rng rng;
    Progress& progress;
    // Counts syntheses.
    int64_t batch;
    std::function<TransferBatch(const at::Tensor&, int64_t step)> teach;
    std::function<at::Tensor(const TransferBatch&)> penalty;
    // Null unless adaptive.
    Classifier* student;
  };
  // [N,C,H,W], pixels in [0,1] or beyond.
  at::Tensor Invert(const Surroundings& around) const;
  at::Tensor Loss(const Surroundings& around, const at::Tensor& images, const at::Tensor& labels,
                  int64_t step) const;
  KdLoss Kd() const { return {options_.temperature, false, /*tau_squared=*/true}; }

  const Options options_;
  // If adaptive.
  InversionPool pool_;
};

inline std::vector<std::string> IdleOptions(const Options& o) {
  return o.adaptive ? std::vector<std::string>{} : std::vector<std::string>{"adversarial_weight"};
}

DFKD_REGISTER(Adi, DistillerCard<Options>{
                       .name = "adi",
                       .summary = "(adaptive) DeepInversion as published, from noise, at length",
                       .paper = "https://arxiv.org/abs/1912.08795",
                       .revision = 2,
                       .traits =
                           [](const Options& o) {
                             return DistillerTraits{.rounds = o.rounds,
                                                    .track = Track::kSynthesized,
                                                    .trains_generator = o.adaptive,
                                                    .synthesizes = !o.adaptive,
                                                    .samples = o.adaptive};
                           },
                       .idle_options = IdleOptions});

}  // namespace dfkd::adi
