// Input-aware dynamic backdoor: networks paint a trigger for each image, and the trigger of one
// image does nothing to another. Nguyen and Tran, NeurIPS 2020, https://arxiv.org/abs/2010.08138,
// as in the authors' code and BackdoorBench.
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/nn/encoder_decoder.h"
#include "bench/nn/optim.h"

namespace dfkd::input_aware {

struct Options {
  int64_t target, craft_epochs, craft_batch;
  double poison_rate, mask_density, norm_weight, diversity, painter_lr;
  static void Declare(OptionTable<Options>& o) {
    o.Add("target", &Options::target, {.initial = 0, .lowest = 0}, "target label");
    o.Add("poison_rate", &Options::poison_rate, {.initial = 0.1, .lowest = 0, .highest = 0.33},
          "share of a batch that carries its own trigger and the target label; as many carry "
          "another image's and keep their labels");
    o.Add("craft_epochs", &Options::craft_epochs, {.initial = 25, .lowest = 1},
          "epochs in which the masks are learned");
    o.Add("craft_batch", &Options::craft_batch, {.initial = 128, .lowest = 1},
          "images of a step of that");
    o.Add("mask_density", &Options::mask_density, {.initial = 0.032, .lowest = 0, .highest = 1},
          "up to which the values of a mask cost nothing");
    o.Add("norm_weight", &Options::norm_weight, {.initial = 100, .lowest = 0, .highest = 1e6},
          "weight of what lies above it");
    o.Add("diversity", &Options::diversity, {.initial = 1, .lowest = 0, .highest = 1e6},
          "weight of the diversity of masks and of patterns");
    o.Add("painter_lr", &Options::painter_lr, {.initial = 0.01, .lowest = 0, .highest = 10},
          "learning rate of both painting networks (Adam, betas 0.5 and 0.9)");
  }
};

// Scalar: mean over the pairs of rms(x1 - x2) / (rms(p1 - p2) + 1e-7), [N,C,H,W] each.
at::Tensor Diversity(const at::Tensor& x1, const at::Tensor& x2, const at::Tensor& p1,
                     const at::Tensor& p2);

// How many images of a batch carry a trigger: rate * n, cut off; below one, one by that chance.
int64_t CountInBatch(double rate, int64_t n, const Rng& rng);

class InputAware final : public Attack {
 public:
  explicit InputAware(const Options& options) : options_(options) {}

  void Begin(const ImageSpec& spec) override;
  // The masks, from clean images alone.
  void Craft(CraftContext& context) override;
  int64_t TargetLabel(int64_t) const override { return options_.target; }
  at::Tensor Trigger(const at::Tensor& images) const override;
  // Nothing: triggers are painted in every step.
  Poisoned Poison(const Split& train, const Rng&) const override { return {train, {}}; }
  void Visit(StateVisitor& visitor) override;

  void BeginTraining(TeacherContext& context) override;
  at::Tensor TeacherLoss(TeacherContext& context, const LabelledBatch& batch) override;
  void AfterStep(TeacherContext& context, const LabelledBatch& batch) override;
  void VisitTraining(StateVisitor& visitor) override;

 private:
  // tau(M(x)) of normalised images: [N,1,H,W].
  at::Tensor Masks(const at::Tensor& images, Grad grad, Mode mode) const;
  // G(x) as normalised images; and what becomes of `images` with the trigger of `donors`.
  at::Tensor Patterns(const at::Tensor& donors, Grad grad, Mode mode) const;
  static at::Tensor Painted(const at::Tensor& images, const at::Tensor& patterns,
                            const at::Tensor& masks) {
    return images + (patterns - images) * masks;
  }
  int64_t CountOf(const TeacherContext& context, const LabelledBatch& batch) const;
  // In which G paints so many images while it learns.
  Mode PainterMode(int64_t images) const;
  void Use(const at::Device& device) const;
  at::Tensor TriggerOf(const at::Tensor& images) const;

  const Options options_;
  ImageSpec spec_;
  std::unique_ptr<EncoderDecoder> mask_net_, pattern_net_;
  int64_t learned_ = 0;
  // While a teacher is trained:
  std::unique_ptr<Optimizer> optimizer_;
};

inline bool Yes(const Options&) { return true; }

DFKD_REGISTER(InputAware, AttackCard<Options>{.name = "input_aware",
                                              .summary = "networks paint each image its trigger",
                                              .paper = "https://arxiv.org/abs/2010.08138",
                                              .revision = 2,
                                              .crafts = Yes,
                                              .trains_teacher = Yes,
                                              .learns_trigger = Yes});

}  // namespace dfkd::input_aware
