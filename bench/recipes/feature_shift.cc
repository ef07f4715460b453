#include "bench/recipes/feature_shift.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/TensorAccessor.h>
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

// max c'l - l'Gl / 2 over l >= 0: each coordinate in turn, until none moves (Hildreth 1957).
class DualAscent {
 public:
  // Of `gram` [M,M] and `bound` [M], float64; both must outlive it.
  DualAscent(const at::Tensor& gram, const at::Tensor& bound)
      : g_(gram.accessor<double, 2>()),
        c_(bound.accessor<double, 1>()),
        multipliers_(static_cast<size_t>(bound.size(0)), 0) {}

  void Climb() {
    constexpr int kTurns = 10000;
    constexpr double kStill = 1e-12;
    for (int turn = 0; turn < kTurns && Turn() >= kStill; ++turn) {
    }
  }
  // Whether what was found satisfies every constraint, but for a rounding. Where none can (fewer
  // features than classes that pull apart) there is no maximum, and multipliers grow for ever.
  bool Settled() const {
    constexpr double kMissing = 1e-4;  // of the largest bound
    double largest = 0, missing = 0;
    for (int64_t j = 0; j < c_.size(0); ++j)
      largest = std::max(largest, c_[j]), missing = std::max(missing, Slope(j));
    return missing <= kMissing * largest;
  }
  const std::vector<double>& multipliers() const { return multipliers_; }

 private:
  // By how much constraint j is missed.
  double Slope(int64_t j) const {
    double slope = c_[j];
    for (int64_t i = 0; i < c_.size(0); ++i)
      slope -= g_[j][i] * multipliers_[static_cast<size_t>(i)];
    return slope;
  }
  // How far the farthest went.
  double Turn() {
    double moved = 0;
    for (int64_t j = 0; j < c_.size(0); ++j) {
      if (g_[j][j] <= 0) continue;
      auto& own = multipliers_[static_cast<size_t>(j)];
      const double next = std::max(0.0, own + Slope(j) / g_[j][j]);
      moved = std::max(moved, std::abs(next - own));
      own = next;
    }
    return moved;
  }

  const at::TensorAccessor<double, 2> g_;
  const at::TensorAccessor<double, 1> c_;
  std::vector<double> multipliers_;
};

// A shift for each flagged class, float32 [F]. A class that no shift reaches is no outlier.
std::vector<at::Tensor> FlaggedShifts(const Classifier& model, const Split& data,
                                      const FeatureShiftOptions& options,
                                      const DefenseContext& context, const std::string& name) {
  const at::NoGradGuard no_grad;
  const auto head = LinearHead(model);
  const auto features = Features(model, data.images, options.batch_size);
  std::vector<at::Tensor> shifts, flagged;
  std::vector<double> sizes;
  for (int64_t target = 0; target < context.spec.classes; ++target) {
    const auto shift = SmallestShift(features, head.weight, head.bias, target);
    if (!shift.defined()) continue;
    shifts.push_back(shift);
    sizes.push_back(shift.norm().item<double>());
    context.progress.Scalar(name + "/size", sizes.back(), target);
  }
  const auto log = [&](const char* what, double value) {
    context.progress.Scalar(name + what, value, 0);
  };
  log("/unreached", static_cast<double>(context.spec.classes) - static_cast<double>(sizes.size()));
  log("/deviation", DeviationOf(sizes));
  for (const auto place : SmallOutliers(sizes, options.outlier))
    flagged.push_back(shifts[static_cast<size_t>(place)].to(head.weight.options()));
  log("/flagged", static_cast<double>(flagged.size()));
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
  const auto bound = (-margin.amin(0)).contiguous();
  const auto gram = a.matmul(a.t()).contiguous();
  DualAscent dual(gram, bound);
  dual.Climb();
  if (!dual.Settled()) return {};
  return a.t().matmul(at::tensor(dual.multipliers(), at::kDouble));
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
