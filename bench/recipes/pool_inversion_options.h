// The options that methods on PoolInversion share; each has its own defaults. What the card needs
// of them is here, without LibTorch.
#pragma once
#include <cstdint>

#include "bench/core/options.h"
#include "bench/core/plugin_card.h"
#include "bench/recipes/flip_option.h"

namespace dfkd {

struct PoolInversionOptions : FlipOption {
  int64_t rounds = 200, warmup = 20, synthesis_batch = 256, synthesis_steps = 10;
  int64_t student_steps = 400, batch_size = 256, generator_width = 128, crop = 4;
  double norm_weight = 10, norm_momentum = 0.9, one_hot_weight = 0.5, adversarial_weight = 1;
  double lr = 0.2, temperature = 20;
  // How often a batch is mixed by CutMix while images are made.
  double cut_mix = 0;
};

template <class Options>
void DeclarePoolInversion(OptionTable<Options>& o, const PoolInversionOptions& method) {
  using M = PoolInversionOptions;
  o.Add("rounds", &M::rounds, {.initial = method.rounds, .lowest = 1},
        "epochs in which the student learns: one synthesis, then student_steps student steps");
  o.Add("warmup", &M::warmup, {.initial = method.warmup, .lowest = 0},
        "further syntheses before the student's first step, without its disagreement");
  o.Add("synthesis_batch", &M::synthesis_batch, {.initial = method.synthesis_batch, .lowest = 2},
        "images made by a search");
  o.Add("synthesis_steps", &M::synthesis_steps, {.initial = method.synthesis_steps, .lowest = 1},
        "steps of a search");
  o.Add("student_steps", &M::student_steps, {.initial = method.student_steps, .lowest = 1},
        "student steps of a round, on all images made so far");
  o.Add("batch_size", &M::batch_size, {.initial = method.batch_size, .lowest = 2},
        "images of a student step");
  o.Add("crop", &M::crop, {.initial = method.crop, .lowest = 0, .highest = 64},
        "black padding of the random crop of pool images");
  o.Add("flip", &M::flip, M::FlipLimits(),
        "pool images are mirrored half of the time; auto: where mirrored images keep their class");
  o.Add("norm_weight", &M::norm_weight, {.initial = method.norm_weight, .lowest = 0},
        "weight of the distance to the running statistics");
  o.Add("norm_momentum", &M::norm_momentum,
        {.initial = method.norm_momentum, .lowest = 0, .highest = 0.999},
        "how much of the statistics that are compared is of images made before");
  o.Add("one_hot_weight", &M::one_hot_weight, {.initial = method.one_hot_weight, .lowest = 0},
        "weight of the cross entropy against the labels that the images are made for");
  o.Add("adversarial_weight", &M::adversarial_weight,
        {.initial = method.adversarial_weight, .lowest = 0},
        "weight of the student's divergence where it agrees with the teacher");
  o.Add("lr", &M::lr, {.initial = method.lr, .lowest = 0},
        "learning rate of the student's SGD (momentum 0.9, decay 1e-4), cosine to 0 by round");
  o.Add("temperature", &M::temperature,
        {.initial = method.temperature, .lowest = 0.01, .highest = 100},
        "softmax temperature of the KD loss");
}

template <class Options>
void DeclareGeneratorWidth(OptionTable<Options>& o) {
  using M = PoolInversionOptions;
  o.Add("generator_width", &M::generator_width, {.initial = M{}.generator_width, .lowest = 2},
        "channels of the generator's first feature map, even");
}

inline DistillerTraits PoolInversionTraits(const PoolInversionOptions& o) {
  return {
      .rounds = o.rounds, .track = Track::kSynthesized, .trains_generator = true, .samples = true};
}

}  // namespace dfkd
