// Reconstructive neuron pruning: a copy of the model unlearns the images until it hardly knows
// them, then masks on its channels learn them back; the channels whose mask falls are pruned in the
// model. Li et al., ICML 2023, https://arxiv.org/abs/2305.14876; for the defences rnp and rnp_syn.
#pragma once
#include <string>

#include "bench/recipes/finetune.h"
#include "bench/recipes/norm_masks.h"

namespace dfkd {

struct ReconstructivePruningOptions : AugmentOptions {
  std::string where;
  int64_t images, batch_size;
  double unlearn_lr;
  int64_t unlearn_epochs;
  double unlearned;
  double recover_lr;
  int64_t recover_epochs;
  double weight, threshold;

  template <class Add>
  static void Each(Add add);
  static void Declare(OptionTable<ReconstructivePruningOptions>& o) {
    DeclareBlock<ReconstructivePruningOptions>(o);
  }
  bool OfTeacher() const { return where == "teacher"; }
};

// Ascends the cross entropy on `model`, in place, until its share of right answers over a pass (as
// it was before each step, in train mode) is not above `unlearned`; returns that of the last pass.
double UnlearnImages(Classifier& model, const Split& data,
                     const ReconstructivePruningOptions& options, const DefenseContext& context);

// Prunes `model` in place. Logs "<name>/unlearned_accuracy", "<name>/loss" of the first batch of
// each pass of recovering, "<name>/pruned" and "<name>/channels". Throws Error (diverged) on a loss
// that is not finite.
void PruneReconstructively(Classifier& model, const Split& data,
                           const ReconstructivePruningOptions& options,
                           const DefenseContext& context, const std::string& name);

template <class Add>
void ReconstructivePruningOptions::Each(Add add) {
  using O = ReconstructivePruningOptions;
  add("where", &O::where, Limits{.initial = "student", .allowed = {"student", "teacher"}},
      "prunes the student after distillation, or the teacher before it");
  add("images", &O::images, Limits{.initial = 500, .lowest = 1}, "of those given that are used");
  add("batch_size", &O::batch_size, Limits{.initial = 128, .lowest = 1}, "images of a step");
  add("unlearn_lr", &O::unlearn_lr, Limits{.initial = 0.01, .lowest = 0},
      "learning rate of SGD that unlearns, a tenth after 10 passes");
  add("unlearn_epochs", &O::unlearn_epochs, Limits{.initial = 20, .lowest = 1, .highest = 10000},
      "passes that unlearn, at most");
  add("unlearned", &O::unlearned, Limits{.initial = 0.2, .lowest = 0, .highest = 1},
      "share of right answers at which it stops");
  add("recover_lr", &O::recover_lr, Limits{.initial = 0.2, .lowest = 0},
      "learning rate of SGD on the masks");
  add("recover_epochs", &O::recover_epochs, Limits{.initial = 20, .lowest = 1, .highest = 10000},
      "passes in which the masks learn");
  add("weight", &O::weight, Limits{.initial = 0.2, .lowest = 0, .highest = 100},
      "of the loss of the masks (alpha)");
  add("threshold", &O::threshold, Limits{.initial = 0.2, .lowest = 0, .highest = 1},
      "channels whose mask is not above this are pruned");
  add("crop", &O::crop, AugmentOptions::CropLimits(), AugmentOptions::kCropDoc);
  add("flip", &O::flip, FlipOption::FlipLimits(), AugmentOptions::kFlipDoc);
}

}  // namespace dfkd
