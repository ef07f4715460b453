#include "bench/recipes/free_eagle.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "bench/core/error.h"
#include "bench/nn/classifier.h"
#include "bench/nn/losses.h"
#include "bench/nn/optim.h"
#include "bench/nn/random.h"

namespace dfkd {
namespace {

// Index of the segment whose output is made.
int64_t SegmentToMake(const Classifier& teacher, const std::string& wanted) {
  auto segments = teacher.Segments();
  segments.pop_back();  // the head: nothing comes after it
  const auto find = [&](const std::string& name) {
    return std::find(segments.begin(), segments.end(), name) - segments.begin();
  };
  const auto count = static_cast<int64_t>(segments.size());
  const int64_t at = find(wanted.empty() ? "group2" : wanted);
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

}  // namespace

at::Tensor MadeClasses(const Classifier& teacher, const FreeEagleOptions& options, const Rng& rng,
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
  const auto quartile = [&](double share) { return tendencies.quantile(share).item<double>(); };
  const double range = std::max(quartile(0.75) - quartile(0.25), 1e-12);
  const auto* values = tendencies.data_ptr<double>();
  const auto largest = std::max_element(values, values + classes);
  const double statistic = (*largest - quartile(0.75)) / range;
  return {.statistic = statistic,
          .suspicious = statistic > threshold,
          .target = largest - values,
          .per_class = {values, values + classes}};
}

}  // namespace dfkd
