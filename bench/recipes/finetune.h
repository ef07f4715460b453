// Fine-tuning of a finished model: by cross entropy, for the defences that do just that, with clean
// images (ft) or with synthetic ones (ft_syn); or along other gradients, for those that fine-tune
// in a way of their own. Settings of BackdoorBench (https://arxiv.org/abs/2206.12654).
#pragma once
#include <functional>
#include <string>

#include "bench/core/interfaces.h"
#include "bench/core/options.h"
#include "bench/recipes/flip_option.h"
#include "bench/recipes/option_block.h"

namespace dfkd {

// How the images of a repair are augmented.
struct AugmentOptions : FlipOption {
  int64_t crop;
  static Limits CropLimits() { return {.initial = 4, .lowest = 0, .highest = 64}; }
  static constexpr char kCropDoc[] = "random crop after padding by so many black pixels";
  static constexpr char kFlipDoc[] =
      "mirror each image with probability 1/2; auto: where mirrored images keep their class";
};

// Cropped, flipped and normalised, float32 of the shape of `pixels`, uint8 [N,C,H,W]. The same
// crops and flips for the same `step` of the context's stream.
at::Tensor AugmentedForRepair(at::Tensor pixels, const AugmentOptions& options,
                              const DefenseContext& context, int64_t step);

struct FineTuneOptions : AugmentOptions {
  std::string where;
  double lr, momentum, weight_decay;
  int64_t epochs, batch_size;

  template <class Add>
  static void Each(Add add);
  static void Declare(OptionTable<FineTuneOptions>& o) { DeclareBlock<FineTuneOptions>(o); }
  bool OfTeacher() const { return where == "teacher"; }
};

// Trains `model` in place on `data`; logs "<name>/loss" of the first batch of an epoch. Throws
// Error (diverged) on a loss that is not finite.
void FineTune(Classifier& model, const Split& data, const FineTuneOptions& options,
              const DefenseContext& context, const std::string& name);

// What a step of a training has before it: normalised [N,C,H,W] and int64 [N].
struct FineTuneBatch {
  at::Tensor images, labels;
};

// A pass in train mode and the gradients of the mean cross entropy, which is returned.
at::Tensor CrossEntropyBackward(Classifier& model, const FineTuneBatch& batch);

// Throws Error (diverged), naming `epoch`, unless the scalar `loss` is finite.
void RequireFiniteLoss(const at::Tensor& loss, const std::string& name, int64_t epoch);

struct FineTuneHooks {
  // Leaves the gradients of a step in the .grad of the model's parameters, which have none before,
  // and returns the loss, a scalar.
  std::function<at::Tensor(const FineTuneBatch&)> backward;
  // Called after every step of the optimizer, if it is given.
  std::function<void()> after = {};
};

// FineTune along the gradients of `hooks`.
void FineTuneAlong(Classifier& model, const Split& data, const FineTuneOptions& options,
                   const DefenseContext& context, const std::string& name,
                   const FineTuneHooks& hooks);

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
  add("crop", &O::crop, CropLimits(), kCropDoc);
  add("flip", &O::flip, FlipLimits(), kFlipDoc);
}

}  // namespace dfkd
