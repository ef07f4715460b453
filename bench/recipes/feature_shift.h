// The smallest shift of a model's features that brings every image to a class. A class that needs a
// far smaller one than the others is taken for a backdoor's target, and the model is fine-tuned to
// keep its labels under that shift. After TAC (arXiv 2511.08944), of which the abstract is known;
// for the defences tac_like and tac_like_syn.
#pragma once
#include <string>

#include "bench/recipes/finetune.h"

namespace dfkd {

struct FeatureShiftOptions : FineTuneOptions {
  double outlier, weight;

  template <class Add>
  static void Each(Add add);
  static void Declare(OptionTable<FeatureShiftOptions>& o) { DeclareBlock<FeatureShiftOptions>(o); }
};

// argmin |d|^2 such that (w_k - w_j)'(f_i + d) + b_k - b_j >= 0 for k = `target`, all other classes
// j and all rows f_i of `features` [N,F]; float64 [F]. `weight` [classes,F] and `bias` are those of
// the linear layer. Of all images only the one counts for a class that is farthest from k, so that
// there are classes - 1 constraints; solved in the dual by coordinate ascent. Undefined where no
// shift satisfies all of them, or none was found in 10,000 turns.
at::Tensor SmallestShift(const at::Tensor& features, const at::Tensor& weight,
                         const at::Tensor& bias, int64_t target);

// Changes `model` in place; without a flagged class leaves it as it is. Logs "<name>/size" by class
// (in place of rounds) that a shift reaches, "<name>/unreached" (the number of the others),
// "<name>/deviation" of the sizes, "<name>/flagged", and the loss of FineTune.
void UnlearnFeatureShifts(Classifier& model, const Split& data, const FeatureShiftOptions& options,
                          const DefenseContext& context, const std::string& name);

template <class Add>
void FeatureShiftOptions::Each(Add add) {
  using O = FeatureShiftOptions;
  FineTuneOptions::Each(add);
  add("outlier", &O::outlier, Limits{.initial = 2, .lowest = 0, .highest = 100},
      "deviations below the median from which a class is flagged");
  add("weight", &O::weight, Limits{.initial = 1, .lowest = 0, .highest = 1000},
      "of the loss with shifted features, beside that without");
}

}  // namespace dfkd
