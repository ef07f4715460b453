// Fine-tuning of a finished model by cross entropy, for the defences that do just that: with clean
// images (ft) or with synthetic ones (ft_syn). Settings of BackdoorBench
// (https://arxiv.org/abs/2206.12654).
#pragma once
#include <string>

#include "bench/core/interfaces.h"
#include "bench/core/options.h"
#include "bench/recipes/flip_option.h"
#include "bench/recipes/option_block.h"

namespace dfkd {

struct FineTuneOptions : FlipOption {
  std::string where;
  double lr, momentum, weight_decay;
  int64_t epochs, batch_size, crop;

  template <class Add>
  static void Each(Add add);
  static void Declare(OptionTable<FineTuneOptions>& o) { DeclareBlock<FineTuneOptions>(o); }
  bool OfTeacher() const { return where == "teacher"; }
};

// Trains `model` in place on `data`; logs "<name>/loss" of the first batch of an epoch. Throws
// Error (diverged) on a loss that is not finite.
void FineTune(Classifier& model, const Split& data, const FineTuneOptions& options,
              const DefenseContext& context, const std::string& name);

template <class Add>
void FineTuneOptions::Each(Add add) {
  using O = FineTuneOptions;
  add("where", &O::where, Limits{.initial = "student", .allowed = {"student", "teacher"}},
      "fine-tunes the student after distillation, or the teacher before it");
  add("lr", &O::lr, Limits{.initial = 0.01, .lowest = 0}, "learning rate of SGD, cosine to 0");
  add("momentum", &O::momentum, Limits{.initial = 0.9, .lowest = 0, .highest = 1},
      "momentum of SGD");
  add("weight_decay", &O::weight_decay, Limits{.initial = 5e-4, .lowest = 0}, "L2 penalty of SGD");
  add("epochs", &O::epochs, Limits{.initial = 100, .lowest = 1, .highest = 100000},
      "passes over the images");
  add("batch_size", &O::batch_size, Limits{.initial = 256, .lowest = 1}, "images of a step");
  add("crop", &O::crop, Limits{.initial = 4, .lowest = 0, .highest = 64},
      "random crop after padding by so many black pixels");
  add("flip", &O::flip, FlipLimits(),
      "mirror each image with probability 1/2; auto: where mirrored images keep their class");
}

}  // namespace dfkd
