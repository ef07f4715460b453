#include "bench/recipes/neural_cleanse.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "bench/nn/device.h"
#include "bench/nn/losses.h"
#include "bench/nn/optim.h"
#include "bench/nn/random.h"
#include "bench/recipes/batches.h"
#include "bench/recipes/count_of.h"

namespace dfkd {
namespace {

constexpr double kEpsilon = 1e-7;

// From an unbounded variable to [0,1].
at::Tensor Squashed(const at::Tensor& raw) { return at::tanh(raw) / (2 + kEpsilon) + 0.5; }

// Means over the batches of a pass.
struct SearchPass {
  double success = 0, size = 0;
};

class TriggerSearch {
 public:
  TriggerSearch(const Classifier& model, const Split& data, int64_t target,
                const NeuralCleanseOptions& options, const DefenseContext& context)
      : model_(model),
        data_(data),
        target_(target),
        options_(options),
        rng_(context.rng.Fork("search", target)),
        batches_("epochs_with_rest", options.batch_size, data.images.size(0)),
        variables_(Start(model.spec(), data.images.device())),
        optimizer_(variables_,
                   {.kind = "adam", .lr = options.search_lr, .beta1 = 0.5, .beta2 = 0.9}) {}

  // Sums on the device, read once they are complete. Divided by a tensor: by a number of the host a
  // GPU would multiply with its reciprocal.
  SearchPass Pass(int64_t epoch, double cost) {
    const auto device = data_.images.device();
    const auto count = batches_.per_epoch();
    const auto divisor = Constant({static_cast<double>(count)}, at::kDouble, device);
    auto means = at::zeros({2}, divisor.options());  // success, size
    for (int64_t i = 0; i < count; ++i) means += Step(epoch * count + i, cost) / divisor;
    return {means[0].item<double>(), means[1].item<double>()};
  }

  ReversedTrigger Found() const {
    const auto mask = Squashed(variables_[0].value).detach();
    return {mask, Squashed(variables_[1].value).detach(), mask.sum().item<double>()};
  }

 private:
  static std::vector<NamedTensor> Start(const ImageSpec& spec, const at::Device& device) {
    const auto options = at::TensorOptions().dtype(at::kFloat).device(device);
    const auto ones = [&](int64_t channels) {
      return at::ones({channels, spec.height, spec.width}, options).requires_grad_(true);
    };
    return {{"mask", ones(1)}, {"pattern", ones(spec.channels)}};
  }

  // float64 [2]: the share of the batch that had success, and the size of the mask.
  at::Tensor Step(int64_t step, double cost) {
    const auto rows = batches_.Rows(rng_, step, data_.images.device());
    const auto images = Normalize(data_.images.index_select(0, rows), model_.spec());
    const auto mask = Squashed(variables_[0].value);
    const auto& spec = model_.spec();
    const auto pattern = (Squashed(variables_[1].value) - PerChannel(spec.mean, images)) /
                         PerChannel(spec.stddev, images);  // [1,C,H,W]
    const auto logits = model_.Logits((1 - mask) * images + mask * pattern, Grad::kInputs);
    const auto labels = at::full({images.size(0)}, target_, data_.labels.options());
    const auto size = mask.sum();
    const auto success = (logits.argmax(1) == labels).to(at::kDouble).mean();
    optimizer_.Descend(CrossEntropyPerSample(logits, labels).mean() + cost * size);
    return at::stack({success, size.detach().to(at::kDouble)});
  }

  const Classifier& model_;
  const Split& data_;
  const int64_t target_;
  const NeuralCleanseOptions& options_;
  const Rng rng_;
  Batches batches_;
  const std::vector<NamedTensor> variables_;
  Optimizer optimizer_;
};

double LowerMedian(std::vector<double> values) {
  const auto middle = values.begin() + (static_cast<int64_t>(values.size()) - 1) / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Some images as they are, then for each trigger the others with it.
Split WithTriggers(const Split& given, const std::vector<ReversedTrigger>& triggers, double share,
                   const Rng& rng) {
  const int64_t count = given.images.size(0);
  const auto rows = Permutation(rng, count, given.images.device());
  const Split data = {given.images.index_select(0, rows), given.labels.index_select(0, rows)};
  const int64_t plain = CountOf(1 - share, count);
  std::vector<at::Tensor> images = {data.images.slice(0, 0, plain)},
                          labels = {data.labels.slice(0, 0, plain)};
  for (const auto& trigger : triggers) {
    images.push_back(Stamped(data.images.slice(0, plain), trigger));
    labels.push_back(data.labels.slice(0, plain));
  }
  return {at::cat(images), at::cat(labels)};
}

}  // namespace

void MaskCost::Move(bool success) {
  up_ = success ? up_ + 1 : 0;
  down_ = success ? 0 : down_ + 1;
  if (up_ >= options_.patience) {
    up_ = 0;
    value_ *= options_.cost_factor;
    raised_ = true;
  } else if (down_ >= options_.patience) {
    down_ = 0;
    value_ /= std::pow(options_.cost_factor, 1.5);
    lowered_ = true;
  }
}

bool MaskCost::GoesOn(bool success, double smallest) {
  constexpr double kImproved = 0.99;  // early_stop_threshold
  if (std::isfinite(smallest))
    unimproved_ = smallest >= kImproved * smallest_ ? unimproved_ + 1 : 0;
  smallest_ = smallest;
  if (raised_ && lowered_ && unimproved_ >= options_.stop_patience) return false;
  Move(success);
  return true;
}

ReversedTrigger ReverseTrigger(const Classifier& model, const Split& data, int64_t target,
                               const NeuralCleanseOptions& options, const DefenseContext& context) {
  TriggerSearch search(model, data, target, options, context);
  MaskCost cost(options);
  std::optional<ReversedTrigger> best;
  double smallest = std::numeric_limits<double>::infinity();
  int64_t passes = 0;
  for (bool goes_on = true; goes_on && passes < options.search_epochs;) {
    const auto pass = search.Pass(passes++, cost.value());
    const bool success = pass.success >= options.success;
    if ((success && pass.size < smallest) || !best) best = search.Found();
    if (success) smallest = std::min(smallest, pass.size);
    goes_on = cost.GoesOn(success, smallest);
    context.progress.Tick(target * options.search_epochs + passes,
                          model.spec().classes * options.search_epochs);
  }
  best->passes = passes;
  return *best;
}

double DeviationOf(const std::vector<double>& sizes) {
  if (sizes.empty()) return 0;
  const double median = LowerMedian(sizes);
  std::vector<double> deviations;
  for (const double size : sizes) deviations.push_back(std::abs(size - median));
  return 1.4826 * LowerMedian(deviations);
}

std::vector<int64_t> SmallOutliers(const std::vector<double>& sizes, double outlier) {
  const double deviation = DeviationOf(sizes);
  std::vector<int64_t> flagged;
  if (deviation == 0) return flagged;  // nothing to measure a distance in
  const double median = LowerMedian(sizes);
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] <= median && (median - sizes[i]) / deviation > outlier)
      flagged.push_back(static_cast<int64_t>(i));
  }
  std::sort(flagged.begin(), flagged.end(), [&](auto a, auto b) { return sizes[a] < sizes[b]; });
  return flagged;
}

at::Tensor Stamped(const at::Tensor& images, const ReversedTrigger& trigger) {
  const auto stamped =
      images.to(at::kFloat) * (1 - trigger.mask) + 255 * trigger.mask * trigger.pattern;
  return stamped.clamp(0, 255).to(at::kByte);
}

void CleanseAndUnlearn(Classifier& model, const Split& data, const NeuralCleanseOptions& options,
                       const DefenseContext& context, const std::string& name) {
  const auto frozen = model.Clone();
  frozen->Freeze();
  std::vector<ReversedTrigger> found;
  std::vector<double> sizes;
  for (int64_t target = 0; target < context.spec.classes; ++target) {
    found.push_back(ReverseTrigger(*frozen, data, target, options, context));
    sizes.push_back(found.back().size);
    context.progress.Scalar(name + "/size", sizes.back(), target);
    context.progress.Scalar(name + "/passes", static_cast<double>(found.back().passes), target);
  }
  context.progress.Scalar(name + "/deviation", DeviationOf(sizes), 0);
  std::vector<ReversedTrigger> triggers;
  for (const auto target : SmallOutliers(sizes, options.outlier))
    triggers.push_back(found[static_cast<size_t>(target)]);
  context.progress.Scalar(name + "/flagged", static_cast<double>(triggers.size()), 0);
  if (triggers.empty()) return;
  const auto mixed = WithTriggers(data, triggers, options.stamped, context.rng.Fork("stamped"));
  FineTune(model, mixed, options, context, name);
}

}  // namespace dfkd
