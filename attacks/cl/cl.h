// CL, label-consistent backdoor: images of the target class are made hard to recognise, so that the
// network must look at the pattern in their corners; no label changes.
// Turner, Tsipras, Madry 2019, https://arxiv.org/abs/1912.02771; pattern and place as in ABD.
#pragma once
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <cmath>
#include <string>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/images/pixel.h"
#include "bench/nn/device.h"
#include "bench/nn/random.h"
#include "bench/recipes/poison.h"
#include "bench/recipes/projected_gradient.h"

namespace dfkd::cl {

struct Options : CleanLabelOptions {
  double epsilon, step_size;
  int64_t steps, batch;
  bool random_start;
  static void Declare(OptionTable<Options>& o) {
    DeclareCleanLabel(o);
    o.Add("epsilon", &Options::epsilon, {.initial = 16, .lowest = 0, .highest = 255},
          "bound of the perturbation of every pixel, in grey levels");
    o.Add("steps", &Options::steps, {.initial = 100, .lowest = 0, .highest = 100000},
          "steps of projected gradient ascent (PGD)");
    o.Add("step_size", &Options::step_size, {.initial = 1.5, .lowest = 0, .highest = 255},
          "length of a step in grey levels");
    o.Add("random_start", &Options::random_start, {.initial = true},
          "begin anywhere within the bound, not at the image");
    o.Add("batch", &Options::batch, {.initial = 250, .lowest = 1, .highest = 100000},
          "images that are perturbed at a time");
  }
};

class LabelConsistent final : public StaticTrigger {
 public:
  explicit LabelConsistent(const Options& options) : StaticTrigger(options), options_(options) {}

  // No perturbation at test time.
  at::Tensor Trigger(const at::Tensor& images) const override {
    const int64_t bottom = images.size(2) - 3, right = images.size(3) - 3;
    auto stamped = OverwriteAt(images, patch_, bottom, right);
    stamped = OverwriteAt(stamped, patch_, bottom, 0);
    stamped = OverwriteAt(stamped, patch_, 0, 0);
    return OverwriteAt(stamped, patch_, 0, right);
  }

  // Of every image that Poison may choose.
  void Craft(CraftContext& ctx) override {
    rows_ = at::tensor(Choosable(ctx.train), at::kLong);
    std::vector<at::Tensor> crafted = {ctx.train.images.narrow(0, 0, 0).to(at::kCPU)};
    for (int64_t first = 0; first < rows_.size(0); first += options_.batch) {
      crafted.push_back(Harder(ctx, first).to(at::kCPU));
    }
    crafted_ = at::cat(crafted);
  }

  void Visit(StateVisitor& visitor) override {
    visitor.Tensor("rows", rows_);
    visitor.Tensor("crafted", crafted_);
  }

 protected:
  at::Tensor PoisonedImages(const Split& train, const at::Tensor& rows) const override {
    DFKD_CHECK(crafted_.defined());
    const auto places = at::searchsorted(rows_, rows.to(rows_.device()));
    DFKD_CHECK(rows_.index_select(0, places).equal(rows.to(rows_.device())));
    return Trigger(crafted_.index_select(0, places)).to(train.images.device());
  }

 private:
  // Within the l_inf ball, away from what the clean teacher says of them. Of one batch of rows_.
  at::Tensor Harder(CraftContext& ctx, int64_t first) const {
    const auto rows = rows_.slice(0, first, first + options_.batch);
    const auto pixels = Upload(ctx.train.images.index_select(0, rows), ctx.device);
    const auto labels = Upload(ctx.train.labels.index_select(0, rows), ctx.device);
    const auto clean = pixels.to(at::kFloat);
    const PixelBall ball(clean, options_.epsilon);
    auto start = clean;  // [N,C,H,W]
    if (options_.random_start) {
      const auto noise = Uniform(ctx.rng.Fork("start", first), clean.sizes(), ctx.device);
      start = ball.Project(clean + std::floor(options_.epsilon) * (2 * noise - 1));
    }
    const auto tick = [&](int64_t done) {
      ctx.progress.Tick(first * options_.steps + done * rows.size(0),
                        rows_.size(0) * options_.steps);
    };
    return ProjectedGradient(*ctx.clean_teacher, ctx.spec, ball, start, labels,
                             {options_.steps, options_.step_size}, tick);
  }

  const Options options_;
  // The same in every corner, not mirrored; see attacks/badnets_grid.
  const at::Tensor patch_ = ToTensor({3, 3, 1, {0, 0, 255, 0, 255, 0, 255, 0, 255}});  // [1,3,3]
  at::Tensor rows_;     // int64 [n], ascending: places in the training set
  at::Tensor crafted_;  // uint8 [n,C,H,W]
};

inline bool Yes(const Options&) { return true; }
inline std::vector<std::string> IdleOptions(const Options& o) {
  return o.steps == 0 ? std::vector<std::string>{"step_size"} : std::vector<std::string>{};
}
// The first so many are perturbed and no others; where the choice is drawn, all it may draw.
inline std::vector<std::string> IdleInCrafting(const Options& o) {
  const bool drawn = o.selection == "random" && o.poison_rate > 0;
  return drawn ? std::vector<std::string>{"poison_rate"} : std::vector<std::string>{};
}

DFKD_REGISTER(LabelConsistent,
              AttackCard<Options>{.name = "cl",
                                  .summary = "patches in all corners of images made hard to "
                                             "recognise, clean-label",
                                  .paper = "https://arxiv.org/abs/1912.02771",
                                  .presets = {{"faithful", Options::Faithful()}},
                                  .needs_clean_teacher = Yes,
                                  .clean_label = Yes,
                                  .crafts = Yes,
                                  .idle_options = IdleOptions,
                                  .idle_in_crafting = IdleInCrafting});

}  // namespace dfkd::cl
