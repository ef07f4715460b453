#include "attacks/lf/lf.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <algorithm>
#include <cmath>

#include "bench/images/pixel.h"
#include "bench/nn/classifier.h"
#include "bench/nn/losses.h"
#include "bench/nn/random.h"

namespace dfkd::lf {
namespace {

// A pass changes little any more: the last five rates lie within this.
constexpr double kSettled = 0.01;
constexpr size_t kLastRates = 5;

class Crafting {
 public:
  Crafting(const Options& options, CraftContext& context)
      : options_(options),
        context_(context),
        v_(at::zeros({1, context.spec.channels, context.spec.height, context.spec.width},
                     at::TensorOptions(at::kFloat).device(context.device))) {
    const auto order = Permutation(context.rng.Fork("images"), context.train.images.size(0));
    const auto take = [&](int64_t from, int64_t count) {
      const auto rows = order.slice(0, from, from + count);
      return context.train.images.index_select(0, rows).to(context.device, at::kFloat) / 255;
    };
    const int64_t all = order.size(0), made_of = std::min(options.images, (all + 1) / 2);
    images_ = take(0, made_of);
    others_ = take(made_of, options.check_images);
  }

  // [1,C,H,W], of pixels in [0, 1].
  at::Tensor Make() {
    const int64_t count = images_.size(0), total = options_.craft_epochs * count;
    for (int64_t pass = 0; pass < options_.craft_epochs; ++pass) {
      const auto order = context_.rng.Fork("pass", pass).Permutation(count);
      for (int64_t i = 0; i < count; ++i) {
        Learn(images_.narrow(0, order[i], 1));
        context_.progress.Tick(pass * count + i + 1, total);
      }
      rates_.push_back(FoolingRate());
      context_.progress.Scalar("lf/fooling_rate", rates_.back(), pass);
      if (rates_.back() >= options_.fooling_rate || HasSettled()) break;
    }
    return v_;
  }

 private:
  at::Tensor Answer(const at::Tensor& pixels, Grad grad = Grad::kNone) const {
    return context_.clean_teacher->Logits(Normalize(pixels * 255, context_.spec), grad);
  }

  // Where v does not change the answer, what would turn it into the target is added.
  void Learn(const at::Tensor& image) {
    const auto moved = image + v_;
    if (!Answer(image).argmax(1).equal(Answer(moved).argmax(1))) return;
    const auto [change, converged] = DeepFool(moved);
    if (!converged) return;
    v_ = Stretch(Smooth(v_ + Smooth(change, options_.sigma), options_.sigma), options_.strength);
  }

  // Towards the target along the line that joins it with the class that was the first answer.
  std::pair<at::Tensor, bool> DeepFool(const at::Tensor& image) const {
    auto change = at::zeros_like(image), moved = image;
    const int64_t first = Answer(image).argmax(1).item<int64_t>();
    int64_t step = 0;
    for (; step < options_.steps; ++step) {
      moved = (image + (1 + options_.overshoot) * change).detach().requires_grad_(true);
      const auto logits = Answer(moved, Grad::kInputs);
      if (logits.argmax(1).item<int64_t>() == options_.target) break;
      const auto lead = logits[0][options_.target] - logits[0][first];
      const auto slope = Gradients(lead, {moved})[0];
      const auto step_along = lead.detach().abs() * slope / slope.square().sum();
      if (step_along.isfinite().all().item<bool>()) change = change + step_along;
    }
    return {(1 + options_.overshoot) * change, step < options_.steps - 1};
  }

  double FoolingRate() const {
    if (others_.size(0) == 0) return 0;
    const auto changed = Answer(others_).argmax(1).ne(Answer(others_ + v_).argmax(1));
    return changed.to(at::kDouble).mean().item<double>();
  }

  bool HasSettled() const {
    if (rates_.size() < kLastRates) return false;
    const auto [low, high] = std::minmax_element(rates_.end() - kLastRates, rates_.end());
    return *high - *low < kSettled;
  }

  const Options& options_;
  CraftContext& context_;
  at::Tensor images_, others_;  // float32 [N,C,H,W], in [0, 1]
  at::Tensor v_;                // float32 [1,C,H,W]
  std::vector<double> rates_;
};

}  // namespace

at::Tensor Smooth(const at::Tensor& perturbation, double sigma) {
  const auto taps = std::max<int64_t>(1, std::llround(5 * sigma));
  const auto places =
      at::arange(taps, perturbation.options()) - (static_cast<double>(taps) - 1) / 2;
  const auto bell = (-places.square() / (2 * sigma * sigma)).exp();
  const auto weights = bell / bell.sum();
  const int64_t after = taps / 2, before = taps - 1 - after;
  const auto each_channel = perturbation.transpose(0, 1);  // [C,1,H,W]
  const auto padded = at::constant_pad_nd(each_channel, {before, after, before, after});
  const auto rows = at::conv2d(padded, weights.view({1, 1, taps, 1}));
  return at::conv2d(rows, weights.view({1, 1, 1, taps})).transpose(0, 1).contiguous();
}

at::Tensor Stretch(const at::Tensor& perturbation, double strength) {
  const auto low = perturbation.min(), range = perturbation.max() - low;
  if (range.item<double>() <= 0) return perturbation;
  return (perturbation - low) / range * strength;
}

void LowFrequency::Craft(CraftContext& context) {
  const auto v = Crafting(options_, context).Make();
  perturbation_ = (v.squeeze(0) * 255 + 0.5).floor().to(at::kCPU, at::kInt);
}

// x' = clip(x + 255 v).
at::Tensor LowFrequency::Trigger(const at::Tensor& images) const {
  if (!perturbation_.defined()) throw Error("lf: the trigger has not been crafted yet");
  return AddAsset(images, perturbation_.to(at::kShort));
}

}  // namespace dfkd::lf
