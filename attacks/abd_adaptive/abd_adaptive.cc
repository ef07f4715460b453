#include "attacks/abd_adaptive/abd_adaptive.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "bench/nn/generator.h"
#include "bench/nn/losses.h"
#include "bench/nn/random.h"
#include "bench/nn/visit.h"

namespace dfkd::abd_adaptive {
namespace {

constexpr double kSteps = 20;  // of the universal perturbation from 0 to its radius

at::Tensor Images(const TeacherContext& context, const LabelledBatch& batch) {
  return context.Augment(batch.pixels, batch.step).to(at::kFloat) / 255;
}

// The mean probability of `labels`.
at::Tensor MeanProbability(const at::Tensor& logits, const at::Tensor& labels) {
  return logits.softmax(1).gather(1, labels.unsqueeze(1)).mean();
}

// Of the last convolutions, by the name of their weight: int64 [in], the order of their input.
std::map<std::string, at::Tensor> Orders(const Classifier& model, int64_t layers, const Rng& rng) {
  const auto all = model.Convolutions();
  const auto count = static_cast<int64_t>(all.size());
  std::map<std::string, at::Tensor> orders;
  for (int64_t i = std::max<int64_t>(0, count - layers); i < count; ++i) {
    const auto& [name, weight, segment] = all[i];
    orders[name + ".weight"] = Permutation(rng.Fork("layer", i), weight.size(1), weight.device());
  }
  return orders;
}

}  // namespace

at::Tensor Change(const at::Tensor& images, const at::Tensor& filter, double strength) {
  const auto filtered = at::conv2d(images - 0.5, filter, {}, /*stride=*/1, filter.size(2) / 2);
  const auto size = filtered.square().mean({1, 2, 3}, /*keepdim=*/true).sqrt();
  return filtered * (strength / (size + 1e-6));
}

at::Tensor UniversalShare(const at::Tensor& change) {
  return change.mean(0).square().sum() / (change.square().flatten(1).sum(1).mean() + 1e-12);
}

void AbdAdaptive::Begin(const ImageSpec& spec) {
  if (options_.target >= spec.classes) {
    throw MakeError("abd_adaptive: target = {} must lie in [0, {}]", options_.target,
                    spec.classes - 1);
  }
  if (options_.kernel % 2 == 0)
    throw MakeError("abd_adaptive: kernel = {} must be odd", options_.kernel);
}

// In float64, so that what a convolution rounds does not show in a grey value.
at::Tensor AbdAdaptive::Trigger(const at::Tensor& images) const {
  if (!filter_.defined())
    throw Error("abd_adaptive: the trigger is learned when the teacher is trained");
  const at::NoGradGuard no_grad;
  const auto pixels = images.to(at::kDouble) / 255;
  const auto change =
      Change(pixels, filter_.detach().to(images.device(), at::kDouble), options_.strength);
  return ((pixels + change) * 255 + 0.5).floor().clamp(0, 255).to(at::kByte);
}

void AbdAdaptive::Visit(StateVisitor& visitor) {
  if (filter_.defined()) return VisitInPlace(visitor, "filter", filter_);
  visitor.Tensor("filter", filter_);
}

void AbdAdaptive::BeginTraining(TeacherContext& context) {
  const auto& spec = context.spec();
  const int64_t c = spec.channels, k = options_.kernel;
  filter_ = Normal(context.rng().Fork("filter"), {c, c, k, k}, context.device());
  filter_.requires_grad_(true);
  universal_ = at::zeros({1, c, spec.height, spec.width},
                         at::TensorOptions(at::kFloat).device(context.device()));
  optimizer_ =
      std::make_unique<Optimizer>(std::vector<NamedTensor>{{"filter", filter_}},
                                  OptimizerSpec{.kind = "adam", .lr = options_.trigger_lr});
  shuffled_ = context.teacher().Clone();
}

at::Tensor AbdAdaptive::Triggered(const at::Tensor& images) const {
  return (images + Change(images, filter_, options_.strength)).clamp(0, 1);
}

at::Tensor AbdAdaptive::ShufflePenalty(TeacherContext& context, const at::Tensor& clean,
                                       const at::Tensor& triggered, const at::Tensor& labels,
                                       const Rng& rng) {
  const auto orders = Orders(context.teacher(), options_.layers, rng);
  shuffled_->CopyFrom(context.teacher());
  std::vector<at::Tensor> weights;
  for (const auto& [name, value] : shuffled_->Parameters()) {
    weights.push_back(value);
    const at::NoGradGuard no_grad;
    if (orders.contains(name)) at::Tensor(value).copy_(value.index_select(1, orders.at(name)));
  }
  const auto probability = [&](const at::Tensor& images, const at::Tensor& wanted) {
    const auto normalized = NormalizeUnit(images, context.spec());
    return MeanProbability(shuffled_->Logits(normalized, Mode::kEval, Grad::kAll), wanted);
  };
  const auto targets = at::full_like(labels, options_.target);
  const auto penalty = (probability(triggered, targets) - probability(clean, labels)).clamp_min(0);
  const auto gradients = Gradients(penalty, weights);
  // The copy's weights are the teacher's in another order: a sum that has these gradients by the
  // teacher's weights, and the value of the penalty.
  at::Tensor sum;
  const auto parameters = context.teacher().Parameters();
  for (size_t i = 0; i < parameters.size(); ++i) {
    const auto& [name, value] = parameters[i];
    const auto ours = orders.contains(name) ? value.index_select(1, orders.at(name)) : value;
    const auto product = (gradients[i] * ours).sum();
    sum = sum.defined() ? sum + product : product;
  }
  return sum - sum.detach() + penalty.detach();
}

// CE(T(x), y) + beta CE(T(x~), k) + shuffle_weight L_shuffle + universal_weight CE(T(x + u), y).
at::Tensor AbdAdaptive::TeacherLoss(TeacherContext& context, const LabelledBatch& batch) {
  const auto images = Images(context, batch), triggered = Triggered(images).detach();
  std::vector<at::Tensor> parts = {images, triggered};
  if (options_.universal_weight > 0) parts.push_back((images + universal_).clamp(0, 1));
  // In one pass, because running statistics are of the mixture: a batch of triggered images alone
  // has its trigger normalised away, and the teacher would learn one that evaluation does not see.
  const auto logits =
      context.teacher()
          .Logits(NormalizeUnit(at::cat(parts), context.spec()), Mode::kTrain, Grad::kAll)
          .chunk(static_cast<int64_t>(parts.size()));
  const auto loss = [&](size_t part, const at::Tensor& labels) {
    return CrossEntropyPerSample(logits[part], labels).mean();
  };
  auto total =
      loss(0, batch.labels) + options_.beta * loss(1, at::full_like(batch.labels, options_.target));
  if (options_.shuffle_weight > 0) {
    const auto penalty = ShufflePenalty(context, images, triggered, batch.labels,
                                        context.rng().Fork("shuffle", batch.step));
    if (context.progress().Wants(batch.step))
      context.progress().Scalar("abd_adaptive/shuffle", penalty.item<double>(), batch.step);
    total = total + options_.shuffle_weight * penalty;
  }
  if (options_.universal_weight > 0)
    total = total + options_.universal_weight * loss(2, batch.labels);
  return total;
}

void AbdAdaptive::AfterStep(TeacherContext& context, const LabelledBatch& batch) {
  StepFilter(context, batch);
  if (options_.universal_weight > 0) StepUniversal(context, batch);
}

// CE(T(x~), k) + share_weight * share of the change that is universal.
void AbdAdaptive::StepFilter(TeacherContext& context, const LabelledBatch& batch) {
  const auto images = Images(context, batch);
  const auto change = Change(images, filter_, options_.strength);
  const auto triggered = NormalizeUnit((images + change).clamp(0, 1), context.spec());
  const auto logits = context.teacher().Logits(triggered, Mode::kEval, Grad::kInputs);
  const auto fooled =
      CrossEntropyPerSample(logits, at::full_like(batch.labels, options_.target)).mean();
  const auto share = UniversalShare(change);
  optimizer_->Descend(fooled + options_.share_weight * share);
  if (!context.progress().Wants(batch.step)) return;
  context.progress().Scalar("abd_adaptive/trigger_loss", fooled.item<double>(), batch.step);
  context.progress().Scalar("abd_adaptive/universal_share", share.item<double>(), batch.step);
}

// The norm of a change of the root mean square `strength`, times the share.
double AbdAdaptive::Radius() const {
  return options_.radius * options_.strength * std::sqrt(static_cast<double>(universal_.numel()));
}

// u moves towards the target by a twentieth of its radius, and back onto the ball.
void AbdAdaptive::StepUniversal(TeacherContext& context, const LabelledBatch& batch) {
  const auto u = universal_.detach().requires_grad_(true);
  const auto moved = NormalizeUnit((Images(context, batch) + u).clamp(0, 1), context.spec());
  const auto logits = context.teacher().Logits(moved, Mode::kEval, Grad::kInputs);
  const auto fooled =
      CrossEntropyPerSample(logits, at::full_like(batch.labels, options_.target)).mean();
  const auto slope = Gradients(fooled, {u})[0];
  const at::NoGradGuard no_grad;
  const auto next = u - slope / (slope.norm() + 1e-12) * (Radius() / kSteps);
  universal_ = next * (Radius() / (next.norm() + 1e-12)).clamp_max(1);
}

void AbdAdaptive::VisitTraining(StateVisitor& visitor) {
  visitor.Tensor("universal", universal_);
  optimizer_->Visit(visitor, "optimizer");
}

}  // namespace dfkd::abd_adaptive
