#include "methods/detectors/mm_bd/mm_bd.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "bench/core/error.h"
#include "bench/core/interfaces.h"
#include "bench/nn/classifier.h"
#include "bench/nn/losses.h"
#include "bench/nn/random.h"

namespace dfkd::mm_bd {
namespace {

at::Tensor ClampedInput(const at::Tensor& pixels, const ImageSpec& spec) {
  return (pixels.clamp(0, 1) - PerChannel(spec.mean, pixels)) / PerChannel(spec.stddev, pixels);
}

// [N] of [N, classes].
at::Tensor MarginsOf(const at::Tensor& logits, int64_t target) {
  const int64_t after = logits.size(1) - target - 1;
  const auto others =
      at::cat({logits.narrow(1, 0, target), logits.narrow(1, target + 1, after)}, 1);
  return logits.select(1, target) - at::amax(others, 1);
}

double LargestMargin(const Classifier& teacher, int64_t target, const Options& options,
                     at::Tensor images) {
  at::Tensor margins;
  double last = 1000;  // the code's
  for (int64_t step = 0; step < options.steps; ++step) {
    images = images.detach().requires_grad_(true);
    const auto input = ClampedInput(images, teacher.spec());
    margins = MarginsOf(teacher.Logits(input, Grad::kInputs), target);
    const auto loss = -margins.sum();
    const auto gradient = Gradients(loss, {images})[0];
    images = images - options.lr * gradient;
    const double value = loss.item<double>();
    if (std::abs(last - value) < options.tolerance * std::abs(last)) break;
    last = value;
  }
  return margins.max().item<double>();
}

struct Moments {
  double mean = 0, deviation = 0, skewness = 0;
};

Moments MomentsOf(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  Moments moments{.mean = std::accumulate(values.begin(), values.end(), 0.0) / n};
  double squares = 0, cubes = 0;
  for (const double value : values) {
    const double d = value - moments.mean;
    squares += d * d / n, cubes += d * d * d / n;
  }
  moments.deviation = std::sqrt(squares);
  if (squares > 0) moments.skewness = cubes / (squares * moments.deviation);
  return moments;
}

// P(X > value). A gamma distribution leans to the right; where the sample does not, it is one that
// hardly does, which is a normal distribution for all that matters.
double UpperTail(const Moments& moments, double value) {
  constexpr double kLeastSkewness = 0.05;
  if (moments.deviation <= 0) return value > moments.mean ? 0 : 1;
  const double skewness = std::max(moments.skewness, kLeastSkewness);
  const double shape = 4 / (skewness * skewness), scale = moments.deviation * skewness / 2;
  const double x = (value - moments.mean) / scale + shape;
  if (x <= 0) return 1;
  const auto number = [](double v) { return at::scalar_tensor(v, at::kDouble); };
  return at::igammac(number(shape), number(x)).item<double>();
}

}  // namespace

std::vector<double> LargestMargins(const Classifier& teacher, const Options& options,
                                   const Rng& rng, Progress& progress) {
  const auto& spec = teacher.spec();
  const auto device = teacher.Parameters().front().value.device();
  std::vector<double> margins;
  for (int64_t target = 0; target < spec.classes; ++target) {
    progress.Tick(target, spec.classes);
    const auto start = Uniform(rng.Fork("images", target),
                               {options.images, spec.channels, spec.height, spec.width}, device);
    margins.push_back(LargestMargin(teacher, target, options, start));
  }
  return margins;
}

Detection JudgeMargins(const std::vector<double>& margins, double significance) {
  if (margins.size() < 4)
    throw MakeError("mm_bd: {} classes; a distribution needs at least 4", margins.size());
  for (const double margin : margins) {
    if (!std::isfinite(margin)) throw MakeError("mm_bd: a margin is {}", margin);
  }
  const auto largest = std::max_element(margins.begin(), margins.end());
  auto others = margins;
  others.erase(others.begin() + (largest - margins.begin()));
  const double tail = UpperTail(MomentsOf(others), *largest);
  const double p = -std::expm1(static_cast<double>(margins.size()) * std::log1p(-tail));
  constexpr double kLeastP = 1e-300;
  return {.statistic = -std::log10(std::max(p, kLeastP)),
          .suspicious = p < significance,
          .target = largest - margins.begin(),
          .per_class = margins};
}

Detection MmBd::Look(DetectorContext& context) const {
  const auto margins = LargestMargins(context.teacher, options_, context.rng, context.progress);
  return JudgeMargins(margins, options_.significance);
}

}  // namespace dfkd::mm_bd
