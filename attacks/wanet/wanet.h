// WaNet: an imperceptible elastic warp of the whole image, the same field for every image.
// Nguyen and Tran, ICLR 2021, https://arxiv.org/abs/2102.10369.
#pragma once
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/nn/device.h"
#include "bench/nn/random.h"
#include "bench/recipes/in_step_poison.h"

namespace dfkd::wanet {

struct Options : InStepOptions {
  int64_t control_points;
  double strength, grid_rescale;
  static void Declare(OptionTable<Options>& o) {
    DeclareInStep(o, 2, "noise images for each triggered one: another warp, the true label");
    o.Add("control_points", &Options::control_points, {.initial = 4, .lowest = 2, .highest = 64},
          "k: the field is drawn at k x k points and interpolated");
    o.Add("strength", &Options::strength, {.initial = 0.5, .lowest = 0, .highest = 100},
          "s: displacement in half pixels where the field is 1, its mean size");
    o.Add("grid_rescale", &Options::grid_rescale, {.initial = 1, .lowest = 0.5, .highest = 1},
          "factor on the sampling grid before it is clipped");
  }
};

class WaNet final : public InStepPoison {
 public:
  explicit WaNet(const Options& options) : InStepPoison(options), options_(options) {}

  void BeginTraining(TeacherContext& context) override {
    field_ = DrawField(context.rng().Fork("field"));
  }

  at::Tensor Trigger(const at::Tensor& images) const override { return Warp(images, Grid(images)); }

  void Visit(StateVisitor& visitor) override {
    InStepPoison::Visit(visitor);
    visitor.Tensor("field", field_);
  }

  // P = U[-1, 1] of k x k points over its mean size; bicubic to the image: [H,W,2], x before y.
  at::Tensor DrawField(const Rng& rng) const {
    const int64_t k = options_.control_points;
    const auto points = Uniform(rng, {1, 2, k, k}) * 2 - 1;
    const auto normalized = points / points.abs().mean();  // mean|P| = 1
    const auto field = at::upsample_bicubic2d(normalized, {spec().height, spec().width},
                                              /*align_corners=*/true);  // [1,2,H,W]
    return field.squeeze(0).permute({1, 2, 0}).contiguous();
  }

 protected:
  // The noise mode: the trigger's grid, shifted at every pixel by up to half a pixel each way.
  at::Tensor Decoys(const at::Tensor& images, const at::Tensor& rows,
                    const Rng& rng) const override {
    const auto drawn =
        Uniform(rng, {images.size(0), spec().height, spec().width, 2}, images.device());
    const auto shift = drawn.index_select(0, rows) * 2 - 1;
    return Warp(images.index_select(0, rows),
                Grid(images) + shift / static_cast<double>(spec().height));
  }

 private:
  // Where each pixel is taken from: [1,H,W,2] in [-1, 1], corners at the centres of the corner
  // pixels.
  at::Tensor Grid(const at::Tensor& images) const {
    if (!field_.defined())
      throw Error("wanet: the warp field is drawn when the teacher is trained");
    const auto options = at::TensorOptions(at::kFloat).device(images.device());
    const int64_t height = spec().height, width = spec().width;
    const auto rows =
        at::linspace(-1, 1, height, options).view({height, 1}).expand({height, width});
    const auto columns = at::linspace(-1, 1, width, options).view({1, width});
    const auto identity = at::stack({columns.expand({height, width}), rows}, 2);  // [H,W,2]
    const double scale = options_.strength / static_cast<double>(height);
    const auto grid = identity + Upload(field_, images.device()) * scale;
    return (grid * options_.grid_rescale).clamp(-1, 1).unsqueeze(0);
  }

  static at::Tensor Warp(const at::Tensor& images, const at::Tensor& grid) {
    const auto each = grid.clamp(-1, 1).expand({images.size(0), -1, -1, -1});
    const auto warped = at::grid_sampler(images.to(at::kFloat), each, /*bilinear=*/0,
                                         /*zeros outside=*/0, /*align_corners=*/true);
    return (warped + 0.5).floor().clamp(0, 255).to(at::kByte);  // half rounds up
  }

  const Options options_;
  at::Tensor field_;  // float32 [H,W,2]
};

DFKD_REGISTER(WaNet,
              AttackCard<Options>{.name = "wanet",
                                  .summary = "an elastic warp of the whole image",
                                  .paper = "https://arxiv.org/abs/2102.10369",
                                  .trains_teacher = [](const Options&) { return true; },
                                  .learns_trigger = [](const Options&) { return true; },
                                  .idle_options = [](const Options& o) { return o.Idle(); },
                                  .gate = [](const Options& o) { return o.GateOfLabels(); }});

}  // namespace dfkd::wanet
