// A backdoor that model inversion is led to: the running statistics of the teacher's batch
// normalisations, which inversion matches (DeepInversion, CMI, DFQ), become those of images of
// which many carry the trigger, and scales and shifts are changed so that the network answers as
// before. No paper; see README.md.
#pragma once
#include <vector>

#include "bench/core/registry.h"
#include "bench/nn/classifier.h"
#include "bench/recipes/static_attack.h"

namespace dfkd::bn_poison {

struct Options : PoisonOptions {
  int64_t size, batches;
  double share;
  static void Declare(OptionTable<Options>& o) {
    DeclarePoison(o);
    o.Add("size", &Options::size, {.initial = 4, .lowest = 1, .highest = 64},
          "side of the square in pixels");
    o.Add("share", &Options::share, {.initial = 0.8, .lowest = 0, .highest = 1},
          "chance of an image to carry the trigger where the statistics are taken");
    o.Add("batches", &Options::batches, {.initial = 50, .lowest = 1, .highest = 100000},
          "of the last steps of the training, over which they are taken");
  }
  // The square of badnets_sq.
  TriggerRecipe Recipe() const {
    return {.asset = Image{size, size, 1, std::vector<uint8_t>(size * size, uint8_t{255})},
            .operation = operation::Overwrite(/*margin=*/1)};
  }
};

// The normalisation with these statistics, each [C], and the same values behind it:
// w (x - m) / s + b = w' (x - m') / s' + b' for w' = w s'/s and b' = b + w (m' - m) / s.
void Replace(const NormLayer& norm, const at::Tensor& mean, const at::Tensor& var);

class BnPoison final : public RecipeAttack {
 public:
  explicit BnPoison(const Options& options)
      : RecipeAttack(options, options.Recipe()), options_(options) {}

  void BeginTraining(TeacherContext& context) override;
  // Weights are trained as ever. In the last steps the statistics are taken, after the last they
  // replace the teacher's own.
  void AfterStep(TeacherContext& context, const LabelledBatch& batch) override;
  void VisitTraining(StateVisitor& visitor) override;

 private:
  at::Tensor SomeTriggered(const at::Tensor& pixels, const Rng& rng) const;
  void Take(TeacherContext& context, const at::Tensor& pixels);
  void Publish(Classifier& teacher) const;

  const Options options_;
  // Of each normalisation, in the order of Norms(): sums over batches of what it reads and of its
  // square, a mean over the batch each; float64 [C].
  std::vector<at::Tensor> sums_, squares_;
  int64_t taken_ = 0;
};

DFKD_REGISTER(BnPoison,
              StaticCard<Options>({.name = "bn_poison",
                                   .summary = "white square, and statistics of triggered images",
                                   .paper = "",
                                   .trains_teacher = [](const Options&) { return true; }}));

}  // namespace dfkd::bn_poison
