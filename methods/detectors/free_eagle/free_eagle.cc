#include "methods/detectors/free_eagle/free_eagle.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "bench/core/error.h"
#include "bench/core/interfaces.h"
#include "bench/nn/classifier.h"
#include "bench/nn/losses.h"
#include "bench/nn/optim.h"
#include "bench/nn/random.h"

namespace dfkd::free_eagle {
namespace {

// Index of the segment whose output is made.
int64_t SegmentToMake(const Classifier& teacher, const std::string& wanted) {
  auto segments = teacher.Segments();
  segments.pop_back();  // the head: nothing comes after it
  const auto find = [&](const std::string& name) {
    return std::find(segments.begin(), segments.end(), name) - segments.begin();
  };
  const auto count = static_cast<int64_t>(segments.size());
  // Position 2 of the code is what the first group of a residual network gives: 1 is its stem.
  const std::string usual = teacher.name().starts_with("resnet-") ? "group1" : "group2";
  const int64_t at = find(wanted.empty() ? usual : wanted);
  if (at < count) return at;
  if (wanted.empty()) return (count - 1) / 2;
  throw MakeError("free_eagle: segment '{}' is none of {}: {}", wanted, teacher.name(),
                  fmt::join(segments, ", "));
}

// What the segment gives on noise, one image for each class.
at::Tensor ActivationsOnNoise(const Classifier& teacher, const std::string& segment,
                              const Rng& rng) {
  const auto& spec = teacher.spec();
  const auto device = teacher.Parameters().front().value.device();
  const auto noise = Normal(rng, {spec.classes, spec.channels, spec.height, spec.width}, device);
  auto taps = WantedTaps({segment});
  teacher.Logits(noise, Grad::kNone, &taps);
  return taps.at(segment).to(at::kFloat);
}

// As compute_metrics_for_array of the authors' code: zeros are dropped, quartiles are values of the
// sorted rest and not interpolated. There, the statistic of values without a spread is infinite or
// not a number; here it is 0, for nothing stands out of it.
double RangesAboveThirdQuartile(std::vector<double> values) {
  constexpr double kSpread = 1e-12;
  std::erase(values, 0.0);
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const double first = values[values.size() / 4], third = values[values.size() * 3 / 4];
  return third - first < kSpread ? 0 : (values.back() - third) / (third - first);
}

}  // namespace

at::Tensor MadeClasses(const Classifier& teacher, const Options& options, const Rng& rng,
                       Progress& progress) {
  const int64_t segment = SegmentToMake(teacher, options.segment);
  const auto own = ActivationsOnNoise(teacher, teacher.Segments()[segment], rng.Fork("noise"));
  const bool rectified = own.min().item<double>() >= 0;
  auto made = Uniform(rng.Fork("activations"), own.sizes(), own.device()).requires_grad_(true);
  const auto classes = at::arange(own.size(0), own.options().dtype(at::kLong));
  Optimizer optimizer({NamedTensor{"activations", made}},
                      {.kind = "adam", .lr = options.lr, .weight_decay = options.weight_decay});
  for (int64_t step = 0; step < options.steps; ++step) {
    progress.Tick(step, options.steps);
    const auto logits = teacher.LogitsFrom(segment + 1, made, Grad::kInputs);
    optimizer.Descend(CrossEntropyPerSample(logits, classes).sum());
    const at::NoGradGuard no_grad;
    if (rectified) made.clamp_min_(0);
  }
  return teacher.LogitsFrom(segment + 1, made.detach(), Grad::kNone).softmax(1);
}

Detection JudgeTendencies(const at::Tensor& probabilities, double threshold) {
  const auto p = probabilities.detach().to(at::kCPU, at::kDouble).contiguous();
  const int64_t classes = p.size(0);
  if (classes < 4) throw MakeError("free_eagle: {} classes; quartiles need at least 4", classes);
  if (!p.isfinite().all().item<bool>()) throw Error("free_eagle: a probability is not finite");
  const auto others = p - p.diagonal().diag();
  const auto tendencies = (others.sum(0) / static_cast<double>(classes - 1)).contiguous();
  const auto* values = tendencies.data_ptr<double>();
  const double statistic = RangesAboveThirdQuartile({values, values + classes});
  return {.statistic = statistic,
          .suspicious = statistic > threshold,
          .target = std::max_element(values, values + classes) - values,
          .per_class = {values, values + classes}};
}

Detection FreeEagle::Look(DetectorContext& context) const {
  return JudgeTendencies(MadeClasses(context.teacher, options_, context.rng, context.progress),
                         options_.threshold);
}

}  // namespace dfkd::free_eagle
