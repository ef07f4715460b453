// Neural Cleanse: for each class the smallest patch that brings every image there; a class whose
// patch is far smaller than the others' is taken for a target, and the model is fine-tuned to keep
// its labels under that patch. Wang et al., S&P 2019; settings of BackdoorBench
// (https://arxiv.org/abs/2206.12654); for the defences nc and nc_syn.
#pragma once
#include <limits>
#include <string>
#include <vector>

#include "bench/nn/classifier.h"
#include "bench/recipes/finetune.h"

namespace dfkd {

struct NeuralCleanseOptions : FineTuneOptions {
  int64_t search_epochs;
  double search_lr, cost, cost_factor;
  int64_t patience, stop_patience;
  double success, outlier, stamped;

  template <class Add>
  static void Each(Add add);
  static void Declare(OptionTable<NeuralCleanseOptions>& o) {
    DeclareBlock<NeuralCleanseOptions>(o);
  }
};

// The weight of the mask's size over the passes of a search, and when the search ends:
// BackdoorBench v2, defense/nc.py.
class MaskCost {
 public:
  explicit MaskCost(const NeuralCleanseOptions& options)
      : options_(options), value_(options.cost) {}

  double value() const { return value_; }
  // After a pass with success or without; `smallest` is the smallest size that had success so far,
  // infinity if none had. False ends the search: the weight has been raised and lowered before this
  // pass, and for `stop_patience` passes in a row the smallest size has not shrunk by 1 %.
  bool GoesOn(bool success, double smallest);

 private:
  // Up after `patience` passes with success, down after as many without.
  void Move(bool success);

  const NeuralCleanseOptions options_;
  double value_, smallest_ = std::numeric_limits<double>::infinity();
  int64_t up_ = 0, down_ = 0, unimproved_ = 0;
  bool raised_ = false, lowered_ = false;
};

// x' = (1 - mask) x + mask pattern, in pixels of [0,1].
struct ReversedTrigger {
  at::Tensor mask;     // [1,H,W]
  at::Tensor pattern;  // [C,H,W]
  // The sum of the mask.
  double size = 0;
  // Of the search that found it.
  int64_t passes = 0;
};

// The smallest of the masks (averaged over a pass) with which a pass brought a share of `success`
// of the images to `target`; that of the first pass if none did.
ReversedTrigger ReverseTrigger(const Classifier& model, const Split& data, int64_t target,
                               const NeuralCleanseOptions& options, const DefenseContext& context);

// 1.4826 times the median absolute deviation. The median of an even number is the lower one.
double DeviationOf(const std::vector<double>& sizes);

// Classes of which the size is below the median by more than `outlier` deviations, the smallest
// first; none where the deviation is 0, which happens when more than half of the sizes are equal.
std::vector<int64_t> SmallOutliers(const std::vector<double>& sizes, double outlier);

// uint8 in, uint8 out, rounded down.
at::Tensor Stamped(const at::Tensor& images, const ReversedTrigger& trigger);

// Changes `model` in place; without a flagged class leaves it as it is. Logs "<name>/size" and
// "<name>/passes" by class (in place of rounds), "<name>/deviation" of the sizes, "<name>/flagged",
// and the loss of FineTune.
void CleanseAndUnlearn(Classifier& model, const Split& data, const NeuralCleanseOptions& options,
                       const DefenseContext& context, const std::string& name);

template <class Add>
void NeuralCleanseOptions::Each(Add add) {
  using O = NeuralCleanseOptions;
  FineTuneOptions::Each(add);
  add("search_epochs", &O::search_epochs, Limits{.initial = 80, .lowest = 1, .highest = 10000},
      "passes over the images, at most, in which the patch of a class is found");
  add("search_lr", &O::search_lr, Limits{.initial = 0.1, .lowest = 0},
      "learning rate of Adam on mask and pattern");
  add("cost", &O::cost, Limits{.initial = 1e-3, .lowest = 0}, "first weight of the mask's size");
  add("cost_factor", &O::cost_factor, Limits{.initial = 2, .lowest = 1, .highest = 100},
      "by which the weight rises, and to whose power 1.5 it falls");
  add("patience", &O::patience, Limits{.initial = 5, .lowest = 1},
      "passes in a row with success, or without, before the weight moves");
  add("stop_patience", &O::stop_patience, Limits{.initial = 25, .lowest = 1},
      "passes in a row without a patch smaller by 1 % that end a search, once its weight has moved "
      "both ways");
  add("success", &O::success, Limits{.initial = 0.98, .lowest = 0, .highest = 1},
      "share of images that a patch must bring to its class");
  add("outlier", &O::outlier, Limits{.initial = 2, .lowest = 0, .highest = 100},
      "deviations below the median from which a class is flagged");
  add("stamped", &O::stamped, Limits{.initial = 0.2, .lowest = 0, .highest = 1},
      "share of the images that are fine-tuned with the patches, under their own labels");
}

}  // namespace dfkd
