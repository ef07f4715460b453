// Fine-pruning of a finished model: features that the images hardly use are cut off from the
// linear layer, as many as the accuracy on held-out images allows, then the rest is fine-tuned. Liu
// et al., RAID 2018, https://arxiv.org/abs/1805.12185; for the defences fp and fp_syn.
#pragma once
#include <string>

#include "bench/recipes/finetune.h"

namespace dfkd {

struct FinePruningOptions : FineTuneOptions {
  double tolerance, prune_step, held_out;

  template <class Add>
  static void Each(Add add);
  static void Declare(OptionTable<FinePruningOptions>& o) { DeclareBlock<FinePruningOptions>(o); }
};

// How many of the first of `order` (int64 [F]) can be cut off while the share of right answers
// differs from that with all of them by less than `tolerance` times the latter. Tried are multiples
// of ceil(prune_step F), in ascending order, up to the first for which it does not. `features`
// [N,F] and `labels` are those of the images that judge; `weight` [classes,F] and `bias` of the
// linear layer.
int64_t CountPrunable(const at::Tensor& order, const at::Tensor& features, const at::Tensor& labels,
                      const at::Tensor& weight, const at::Tensor& bias,
                      const FinePruningOptions& options);

// Prunes, then fine-tunes `model` in place; what is cut off stays so. Logs "<name>/pruned",
// "<name>/features" and the loss of FineTune. Throws Error if there is no image left beside those
// held out.
void FinePrune(Classifier& model, const Split& data, const FinePruningOptions& options,
               const DefenseContext& context, const std::string& name);

template <class Add>
void FinePruningOptions::Each(Add add) {
  using O = FinePruningOptions;
  FineTuneOptions::Each(add);
  add("tolerance", &O::tolerance, Limits{.initial = 0.1, .lowest = 0, .highest = 1},
      "share of its accuracy on held-out images that pruning may cost");
  add("prune_step", &O::prune_step, Limits{.initial = 0.01, .lowest = 0, .highest = 1},
      "share of the features that is cut off at a time");
  add("held_out", &O::held_out, Limits{.initial = 0.2, .lowest = 0, .highest = 0.9},
      "share of the images that judges how much is cut off, and is not trained on");
}

}  // namespace dfkd
