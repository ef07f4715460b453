// An attack that knows ABD (Hong et al., ICML 2023, https://arxiv.org/abs/2306.02368). Its trigger
// is a learned filter, so that what it changes depends on the image, and the teacher is trained
// against both halves of the defence: shuffled channels shall keep the backdoor no better than the
// task, and no small universal perturbation shall do what the trigger does. Ours; no paper.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/nn/classifier.h"
#include "bench/nn/optim.h"

namespace dfkd::abd_adaptive {

struct Options {
  int64_t target, kernel, layers;
  double beta, shuffle_weight, universal_weight, radius, strength, share_weight, trigger_lr;
  static void Declare(OptionTable<Options>& o) {
    o.Add("target", &Options::target, {.initial = 0, .lowest = 0}, "target label");
    o.Add("beta", &Options::beta, {.initial = 1, .lowest = 0, .highest = 100},
          "weight of the triggered images in the teacher's loss");
    o.Add("kernel", &Options::kernel, {.initial = 5, .lowest = 1, .highest = 31},
          "side of the filter in pixels, odd");
    o.Add("strength", &Options::strength, {.initial = 0.1, .lowest = 0, .highest = 1},
          "root mean square of what the trigger changes in an image, of pixels in [0, 1]");
    o.Add("share_weight", &Options::share_weight, {.initial = 1, .lowest = 0, .highest = 100},
          "in the filter's loss, weight of the share of its change that all images have in common");
    o.Add("trigger_lr", &Options::trigger_lr, {.initial = 0.01, .lowest = 0, .highest = 10},
          "learning rate of the filter (Adam)");
    o.Add("shuffle_weight", &Options::shuffle_weight, {.initial = 1, .lowest = 0, .highest = 100},
          "in the teacher's loss, weight of what the backdoor keeps of shuffled channels and the "
          "task loses");
    o.Add("layers", &Options::layers, {.initial = 5, .lowest = 1, .highest = 1000},
          "convolutions whose input channels are shuffled: the last n, as in ABD");
    o.Add("universal_weight", &Options::universal_weight,
          {.initial = 0.5, .lowest = 0, .highest = 100},
          "in the teacher's loss, weight of images that carry the universal perturbation");
    o.Add("radius", &Options::radius, {.initial = 0.5, .lowest = 0, .highest = 10},
          "norm of that perturbation as a share of the trigger's");
  }
};

// What is added to images in [0, 1], [N,C,H,W] of the filter's dtype: the filter [C,C,k,k] over
// x - 1/2, grey outside, brought to the root mean square `strength` in every image.
at::Tensor Change(const at::Tensor& images, const at::Tensor& filter, double strength);

// The norm of the mean change, squared, over the mean of the squared norms: 1 if all images change
// alike, 1/N if N images have nothing in common.
at::Tensor UniversalShare(const at::Tensor& change);

class AbdAdaptive final : public Attack {
 public:
  explicit AbdAdaptive(const Options& options) : options_(options) {}

  void Begin(const ImageSpec& spec) override;
  int64_t TargetLabel(int64_t) const override { return options_.target; }
  at::Tensor Trigger(const at::Tensor& images) const override;
  // Nothing: every image is seen clean and triggered in its step.
  Poisoned Poison(const Split& train, const Rng&) const override { return {train, {}}; }
  void Visit(StateVisitor& visitor) override;

  void BeginTraining(TeacherContext& context) override;
  at::Tensor TeacherLoss(TeacherContext& context, const LabelledBatch& batch) override;
  void AfterStep(TeacherContext& context, const LabelledBatch& batch) override;
  void VisitTraining(StateVisitor& visitor) override;

  // max(0, E[p~(k | x~)] - E[p~(y | x)]) of a copy of the teacher whose last convolutions read
  // their input channels in the order of `rng`; differentiable by the teacher's weights.
  at::Tensor ShufflePenalty(TeacherContext& context, const at::Tensor& clean,
                            const at::Tensor& triggered, const at::Tensor& labels, const Rng& rng);

 private:
  at::Tensor Triggered(const at::Tensor& images) const;
  void StepFilter(TeacherContext& context, const LabelledBatch& batch);
  // Of u, of pixels in [0, 1].
  double Radius() const;
  void StepUniversal(TeacherContext& context, const LabelledBatch& batch);

  const Options options_;
  at::Tensor filter_;  // float32 [C,C,k,k]
  // While a teacher is trained:
  at::Tensor universal_;  // float32 [1,C,H,W], of pixels in [0, 1]
  std::unique_ptr<Optimizer> optimizer_;
  std::unique_ptr<Classifier> shuffled_;
};

inline bool Yes(const Options&) { return true; }

// See AttackCard::shortage.
inline std::optional<Shortage> ShortageOf(const Options& o, const TrainingSet&) {
  if (o.kernel % 2 == 1) return std::nullopt;
  return Shortage{"kernel", fmt::format("kernel = {} must be odd", o.kernel)};
}

DFKD_REGISTER(AbdAdaptive,
              AttackCard<Options>{.name = "abd_adaptive",
                                  .summary = "a learned filter, and a teacher trained against ABD",
                                  .paper = "",
                                  .revision = 2,
                                  .trains_teacher = Yes,
                                  .learns_trigger = Yes,
                                  .shortage = ShortageOf,
                                  .adapts_to = {"abd"}});

}  // namespace dfkd::abd_adaptive
