// Fine-tuning along the gradient at the weights that are worst near the present ones, so that the
// model leaves the sharp minimum of its backdoor. FT-SAM (Zhu et al., ICCV 2023,
// https://arxiv.org/abs/2304.11823), with adaptive SAM; for the defences ft_sam and ft_sam_syn.
#pragma once
#include <string>
#include <vector>

#include "bench/nn/classifier.h"
#include "bench/recipes/finetune.h"

namespace dfkd {

struct SharpnessAwareOptions : FineTuneOptions {
  double rho, smoothing;

  template <class Add>
  static void Each(Add add);
  static void Declare(OptionTable<SharpnessAwareOptions>& o) {
    DeclareBlock<SharpnessAwareOptions>(o);
  }
};

// [N]: cross entropy against 1 - smoothing for the label and smoothing / (classes - 1) for each
// other class.
at::Tensor SmoothedCrossEntropy(const at::Tensor& logits, const at::Tensor& labels,
                                double smoothing);

// rho w^2 g / |(|w| g)|_2 for each parameter w with gradient g, the norm over all of them: the step
// up the loss in a neighbourhood that grows with the weights. Zeros where g is undefined.
std::vector<at::Tensor> WorstStep(const std::vector<NamedTensor>& parameters, double rho);

// Changes `model` in place. Logs "<name>/loss", that of the unperturbed weights.
void FineTuneSharpnessAware(Classifier& model, const Split& data,
                            const SharpnessAwareOptions& options, const DefenseContext& context,
                            const std::string& name);

template <class Add>
void SharpnessAwareOptions::Each(Add add) {
  using O = SharpnessAwareOptions;
  FineTuneOptions::Each(add);
  add("rho", &O::rho, Limits{.initial = 2, .lowest = 0, .highest = 100},
      "size of the neighbourhood (8 in the original for GTSRB and Tiny ImageNet)");
  add("smoothing", &O::smoothing, Limits{.initial = 0.1, .lowest = 0, .highest = 1},
      "share of the label that the other classes have");
}

}  // namespace dfkd
