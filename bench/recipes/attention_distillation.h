// Neural attention distillation: a copy of the model is fine-tuned, then teaches the model where to
// look while that is fine-tuned, too. Li et al., ICLR 2021, https://arxiv.org/abs/2101.05930; for
// the defences nad and nad_syn.
#pragma once
#include <string>
#include <vector>

#include "bench/recipes/finetune.h"

namespace dfkd {

struct AttentionDistillationOptions : FineTuneOptions {
  int64_t teacher_epochs;
  double beta1, beta2, beta3;

  template <class Add>
  static void Each(Add add);
  static void Declare(OptionTable<AttentionDistillationOptions>& o) {
    DeclareBlock<AttentionDistillationOptions>(o);
  }
};

// The ends of the last three groups of a network, in order; all of them if it has fewer.
std::vector<std::string> LastGroups(const Classifier& model);

// Changes `model` in place. Logs "<name>/loss" and "<name>/teacher/loss".
void DistilAttention(Classifier& model, const Split& data,
                     const AttentionDistillationOptions& options, const DefenseContext& context,
                     const std::string& name);

template <class Add>
void AttentionDistillationOptions::Each(Add add) {
  using O = AttentionDistillationOptions;
  FineTuneOptions::Each(add);
  add("teacher_epochs", &O::teacher_epochs, Limits{.initial = 10, .lowest = 1, .highest = 100000},
      "passes in which the copy that teaches is fine-tuned");
  constexpr char kWeight[] = "weight of the attention of the third last (1) to the last group (3)";
  add("beta1", &O::beta1, Limits{.initial = 500, .lowest = 0}, kWeight);
  add("beta2", &O::beta2, Limits{.initial = 1000, .lowest = 0}, kWeight);
  add("beta3", &O::beta3, Limits{.initial = 1000, .lowest = 0}, kWeight);
}

}  // namespace dfkd
