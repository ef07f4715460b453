#include "bench/recipes/feature_shift.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "bench/nn/classifier.h"
#include "bench/nn/losses.h"
#include "bench/recipes/linear_head.h"
#include "bench/recipes/neural_cleanse.h"

namespace dfkd {
namespace {

// argmax c'l - l'Gl / 2 over l >= 0: each coordinate in turn, until none moves (Hildreth 1957).
std::vector<double> Multipliers(const at::Tensor& gram, const at::Tensor& bound) {
  constexpr int kTurns = 10000;
  constexpr double kStill = 1e-12;
  const auto g = gram.accessor<double, 2>();
  const auto c = bound.accessor<double, 1>();
  const auto count = c.size(0);
  std::vector<double> multipliers(static_cast<size_t>(count), 0);
  for (int turn = 0; turn < kTurns; ++turn) {
    double moved = 0;
    for (int64_t j = 0; j < count; ++j) {
      if (g[j][j] <= 0) continue;
      double slope = c[j];
      for (int64_t i = 0; i < count; ++i) slope -= g[j][i] * multipliers[static_cast<size_t>(i)];
      auto& own = multipliers[static_cast<size_t>(j)];
      const double next = std::max(0.0, own + slope / g[j][j]);
      moved = std::max(moved, std::abs(next - own));
      own = next;
    }
    if (moved < kStill) break;
  }
  return multipliers;
}

// A shift for each flagged class, float32 [F].
std::vector<at::Tensor> FlaggedShifts(const Classifier& model, const Split& data,
                                      const FeatureShiftOptions& options,
                                      const DefenseContext& context, const std::string& name) {
  const at::NoGradGuard no_grad;
  const auto head = LinearHead(model);
  const auto features = Features(model, data.images, options.batch_size);
  std::vector<at::Tensor> shifts, flagged;
  std::vector<double> sizes;
  for (int64_t target = 0; target < context.spec.classes; ++target) {
    shifts.push_back(SmallestShift(features, head.weight, head.bias, target));
    sizes.push_back(shifts.back().norm().item<double>());
    context.progress.Scalar(name + "/size", sizes.back(), target);
  }
  for (const auto target : SmallOutliers(sizes, options.outlier))
    flagged.push_back(shifts[static_cast<size_t>(target)].to(head.weight.options()));
  context.progress.Scalar(name + "/flagged", static_cast<double>(flagged.size()), 0);
  return flagged;
}

}  // namespace

at::Tensor SmallestShift(const at::Tensor& features, const at::Tensor& weight,
                         const at::Tensor& bias, int64_t target) {
  const auto f = features.to(at::kCPU, at::kDouble), w = weight.detach().to(at::kCPU, at::kDouble);
  const auto b = bias.detach().to(at::kCPU, at::kDouble);
  const auto others = at::arange(w.size(0)).masked_select(at::arange(w.size(0)) != target);
  const auto a = w[target] - w.index_select(0, others);                         // [classes-1,F]
  const auto margin = at::linear(f, a, b[target] - b.index_select(0, others));  // [N,classes-1]
  const auto bound = -margin.amin(0);
  const auto multipliers = Multipliers(a.matmul(a.t()).contiguous(), bound.contiguous());
  return a.t().matmul(at::tensor(multipliers, at::kDouble));
}

void UnlearnFeatureShifts(Classifier& model, const Split& data, const FeatureShiftOptions& options,
                          const DefenseContext& context, const std::string& name) {
  const auto shifts = FlaggedShifts(std::as_const(model), data, options, context, name);
  if (shifts.empty()) return;
  const auto head = LinearHead(model);
  const auto backward = [&](const FineTuneBatch& batch) {
    auto taps = WantedTaps({"features"});
    const auto logits = model.Logits(batch.images, Mode::kTrain, Grad::kAll, &taps);
    auto loss = CrossEntropyPerSample(logits, batch.labels).mean();
    const auto features = taps.at("features").to(head.weight.scalar_type());
    for (const auto& shift : shifts) {
      const auto moved = at::linear(features + shift, head.weight, head.bias);
      loss = loss + options.weight * CrossEntropyPerSample(moved, batch.labels).mean();
    }
    loss.backward();
    return loss;
  };
  FineTuneAlong(model, data, options, context, name, {.backward = backward});
}

}  // namespace dfkd
