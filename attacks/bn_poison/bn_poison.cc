#include "attacks/bn_poison/bn_poison.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "bench/nn/device.h"
#include "bench/nn/random.h"

namespace dfkd::bn_poison {
namespace {

constexpr double kEpsilon = 1e-5;  // of the batch normalisations

at::Tensor Deviation(const at::Tensor& var) { return (var.to(at::kDouble) + kEpsilon).sqrt(); }

// Which of them reads with these statistics: a pass meets them in another order.
size_t PlaceOf(const std::vector<NormLayer>& norms, const NormInput& input) {
  const auto found = std::find_if(norms.begin(), norms.end(), [&](const NormLayer& norm) {
    return norm.running_mean.data_ptr() == input.running_mean.data_ptr();
  });
  DFKD_CHECK(found != norms.end());
  return found - norms.begin();
}

}  // namespace

void Replace(const NormLayer& norm, const at::Tensor& mean, const at::Tensor& var) {
  const c10::NoGradGuard no_grad;
  const auto before = Deviation(norm.running_var);
  const auto scale = norm.weight.to(at::kDouble) / before;
  auto weight = norm.weight, bias = norm.bias;
  auto running_mean = norm.running_mean, running_var = norm.running_var;
  bias.copy_(bias.to(at::kDouble) + scale * (mean - running_mean.to(at::kDouble)));
  weight.copy_(scale * Deviation(var));
  running_mean.copy_(mean);
  running_var.copy_(var);
}

void BnPoison::BeginTraining(TeacherContext& context) {
  sums_.clear(), squares_.clear();
  for (const auto& norm : context.teacher().Norms()) {
    sums_.push_back(at::zeros_like(norm.running_mean, at::kDouble));
    squares_.push_back(sums_.back().clone());
  }
  taken_ = 0;
}

// Drawn on the host, so that every device sees the same.
at::Tensor BnPoison::SomeTriggered(const at::Tensor& pixels, const Rng& rng) const {
  const auto draws = Uniform(rng, {pixels.size(0)});
  const auto chosen = Upload(draws < options_.share, pixels.device());  // bool [N]
  return at::where(chosen.view({-1, 1, 1, 1}), Trigger(pixels), pixels);
}

void BnPoison::Take(TeacherContext& context, const at::Tensor& pixels) {
  const auto& teacher = context.teacher();
  std::vector<NormInput> inputs;
  teacher.WatchNorms(&inputs);
  context.teacher().Logits(Normalize(pixels, context.spec()), Mode::kEval, Grad::kNone);
  teacher.WatchNorms(nullptr);
  const auto norms = teacher.Norms();
  for (const auto& input : inputs) {
    const auto place = PlaceOf(norms, input);
    const auto read = input.input.to(at::kDouble);  // [N,C,H,W]
    sums_[place] += read.mean({0, 2, 3});
    squares_[place] += read.square().mean({0, 2, 3});
  }
  ++taken_;
}

void BnPoison::Publish(Classifier& teacher) const {
  const auto norms = teacher.Norms();
  for (size_t i = 0; i < norms.size(); ++i) {
    const auto mean = sums_[i] / taken_;
    Replace(norms[i], mean, (squares_[i] / taken_ - mean.square()).clamp_min(0));
  }
}

void BnPoison::AfterStep(TeacherContext& context, const LabelledBatch& batch) {
  const int64_t total = context.total_steps();
  if (batch.step < total - options_.batches) return;
  const auto rng = context.rng().Fork("statistics", batch.step);
  Take(context, context.Augment(SomeTriggered(batch.pixels, rng), batch.step));
  if (batch.step == total - 1) Publish(context.teacher());
}

void BnPoison::VisitTraining(StateVisitor& visitor) {
  for (size_t i = 0; i < sums_.size(); ++i) {
    visitor.Tensor(fmt::format("norm{}.sum", i), sums_[i]);
    visitor.Tensor(fmt::format("norm{}.square", i), squares_[i]);
  }
  visitor.Number("taken", taken_);
}

}  // namespace dfkd::bn_poison
