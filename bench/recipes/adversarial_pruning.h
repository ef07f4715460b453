// Adversarial neuron pruning: channels are masked so that the model stays right when the scales and
// shifts of its normalisations are perturbed to hurt it most; those whose mask falls are pruned. Wu
// and Wang, NeurIPS 2021, https://arxiv.org/abs/2110.14430; for the defences anp and anp_syn.
#pragma once
#include <string>

#include "bench/recipes/finetune.h"
#include "bench/recipes/norm_masks.h"

namespace dfkd {

struct AdversarialPruningOptions : AugmentOptions {
  std::string where;
  int64_t steps, batch_size;
  double lr, momentum, reach;
  int64_t reach_steps;
  double natural, threshold;

  template <class Add>
  static void Each(Add add);
  static void Declare(OptionTable<AdversarialPruningOptions>& o) {
    DeclareBlock<AdversarialPruningOptions>(o);
  }
  bool OfTeacher() const { return where == "teacher"; }
};

// The noise up which the cross entropy of `model` on the batch rises: from a random start in
// [-reach, reach], `reach_steps` steps of reach / reach_steps along the sign of the gradient. It is
// not projected back. `model` is the one that `masks` write, in train mode.
NormNoise WorstNoise(Classifier& model, NormMasks& masks, const FineTuneBatch& batch,
                     const AdversarialPruningOptions& options, const Rng& rng);

// Learns the masks on a copy, then prunes `model` in place. Logs "<name>/loss", "<name>/pruned" and
// "<name>/channels". Throws Error (diverged) on a loss that is not finite.
void PruneAdversarially(Classifier& model, const Split& data,
                        const AdversarialPruningOptions& options, const DefenseContext& context,
                        const std::string& name);

template <class Add>
void AdversarialPruningOptions::Each(Add add) {
  using O = AdversarialPruningOptions;
  add("where", &O::where, Limits{.initial = "student", .allowed = {"student", "teacher"}},
      "prunes the student after distillation, or the teacher before it");
  add("steps", &O::steps, Limits{.initial = 2000, .lowest = 1, .highest = 1000000},
      "steps of the masks, a batch each");
  add("batch_size", &O::batch_size, Limits{.initial = 128, .lowest = 1},
      "images of a step, drawn with replacement");
  add("lr", &O::lr, Limits{.initial = 0.2, .lowest = 0}, "learning rate of SGD on the masks");
  add("momentum", &O::momentum, Limits{.initial = 0.9, .lowest = 0, .highest = 1},
      "momentum of SGD on the masks");
  add("reach", &O::reach, Limits{.initial = 0.4, .lowest = 0, .highest = 10},
      "of the relative perturbation of scales and shifts (epsilon)");
  add("reach_steps", &O::reach_steps, Limits{.initial = 1, .lowest = 1, .highest = 100},
      "steps in which it is found");
  add("natural", &O::natural, Limits{.initial = 0.2, .lowest = 0, .highest = 1},
      "weight of the loss without perturbation (alpha); the loss with it has the rest");
  add("threshold", &O::threshold, Limits{.initial = 0.2, .lowest = 0, .highest = 1},
      "channels whose mask is not above this are pruned");
  add("crop", &O::crop, AugmentOptions::CropLimits(), AugmentOptions::kCropDoc);
  add("flip", &O::flip, FlipOption::FlipLimits(), AugmentOptions::kFlipDoc);
}

}  // namespace dfkd
