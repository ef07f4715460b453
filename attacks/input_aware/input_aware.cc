#include "attacks/input_aware/input_aware.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "bench/nn/classifier.h"
#include "bench/nn/device.h"
#include "bench/nn/generator.h"
#include "bench/nn/losses.h"
#include "bench/nn/random.h"
#include "bench/recipes/count_of.h"

namespace dfkd::input_aware {
namespace {

constexpr double kEpsilon = 1e-7;
// Images that are painted at a time when the attack is used, always as many: what a convolution
// rounds may depend on the size of its batch, and a trigger must not.
constexpr int64_t kPainted = 64;

OptimizerSpec PainterSpec(double lr) {
  return {.kind = "adam", .lr = lr, .beta1 = 0.5, .beta2 = 0.9};
}

// Root of the mean square of each image's values: [N]. Of equal images, too, where a root has no
// slope: what is added is lost beside any other mean.
at::Tensor Rms(const at::Tensor& difference) {
  return (difference.square().flatten(1).mean(1) + 1e-20).sqrt();
}

}  // namespace

at::Tensor Diversity(const at::Tensor& x1, const at::Tensor& x2, const at::Tensor& p1,
                     const at::Tensor& p2) {
  return (Rms(x1 - x2) / (Rms(p1 - p2) + kEpsilon)).mean();
}

int64_t CountInBatch(double rate, int64_t n, const Rng& rng) {
  if (const int64_t whole = dfkd::CountOf(rate, n); whole > 0) return whole;
  return Uniform(rng, {1}).item<double>() < rate * static_cast<double>(n) ? 1 : 0;
}

void InputAware::Begin(const ImageSpec& spec) {
  if (options_.target >= spec.classes) {
    throw MakeError("input_aware: target = {} must lie in [0, {}]", options_.target,
                    spec.classes - 1);
  }
  spec_ = spec;
  mask_net_ = std::make_unique<EncoderDecoder>(spec, 1);
  pattern_net_ = std::make_unique<EncoderDecoder>(spec, spec.channels);
}

void InputAware::Use(const at::Device& device) const {
  mask_net_->Use(device);
  pattern_net_->Use(device);
}

// tau(z) = tanh(20 z - 10) / 2 + 1/2.
at::Tensor InputAware::Masks(const at::Tensor& images, Grad grad, Mode mode) const {
  const auto maps = mask_net_->Maps(images, grad, mode);
  return (maps * 20 - 10).tanh() / (2 + kEpsilon) + 0.5;
}

// Of one image whose innermost map (a 4th or, in colour, an 8th of its side) is one value, batch
// normalisation has no statistics, and takes the running ones.
Mode InputAware::PainterMode(int64_t images) const {
  const int64_t shrunk = spec_.channels == 1 ? 4 : 8;
  const int64_t innermost = (spec_.height / shrunk) * (spec_.width / shrunk);
  return images * innermost > 1 ? Mode::kTrain : Mode::kEval;
}

at::Tensor InputAware::Patterns(const at::Tensor& donors, Grad grad, Mode mode) const {
  return NormalizeUnit(pattern_net_->Maps(donors, grad, mode), spec_);
}

// norm_weight mean max(0, m - density) + diversity mean rms(x1 - x2) / rms(m1 - m2).
void InputAware::Craft(CraftContext& context) {
  mask_net_->Initialize(context.rng.Fork("masks"));
  Use(context.device);
  Optimizer optimizer(mask_net_->Parameters(), PainterSpec(options_.painter_lr));
  const Schedule schedule{.kind = "multistep", .milestones = {10, 20}, .gamma = 0.1};
  const auto& all = context.train.images;
  const int64_t batch = std::min(options_.craft_batch, all.size(0)),
                per_epoch = all.size(0) / batch;
  const Mode mode = PainterMode(batch);
  const auto images = [&](const at::Tensor& order, int64_t at) {
    const auto rows = order.narrow(0, at * batch, batch);
    return Normalize(Upload(all.index_select(0, rows), context.device), spec_);
  };
  for (int64_t epoch = 0; epoch < options_.craft_epochs; ++epoch) {
    const auto one = Permutation(context.rng.Fork("first", epoch), all.size(0));
    const auto two = Permutation(context.rng.Fork("second", epoch), all.size(0));
    for (int64_t at = 0; at < per_epoch; ++at) {
      const auto x1 = images(one, at), x2 = images(two, at);
      const auto m1 = Masks(x1, Grad::kAll, mode), m2 = Masks(x2, Grad::kAll, mode);
      const auto norm = (m1 - options_.mask_density).clamp_min(0).mean();
      const auto loss =
          options_.norm_weight * norm + options_.diversity * Diversity(x1, x2, m1, m2);
      optimizer.Descend(loss, ScheduleFactor(schedule, epoch, options_.craft_epochs));
      const int64_t step = epoch * per_epoch + at;
      if (context.progress.Wants(step))
        context.progress.Scalar("input_aware/mask_loss", loss.item<double>(), step);
      context.progress.Tick(step + 1, options_.craft_epochs * per_epoch);
    }
  }
}

void InputAware::Visit(StateVisitor& visitor) {
  mask_net_->Visit(visitor, "mask");
  pattern_net_->Visit(visitor, "pattern");
  visitor.Number("learned", learned_);
}

void InputAware::BeginTraining(TeacherContext& context) {
  pattern_net_->Initialize(context.rng().Fork("patterns"));
  Use(context.device());
  optimizer_ =
      std::make_unique<Optimizer>(pattern_net_->Parameters(), PainterSpec(options_.painter_lr));
  learned_ = 1;
}

int64_t InputAware::CountOf(const TeacherContext& context, const LabelledBatch& batch) const {
  const int64_t n = batch.labels.size(0);
  const auto stream = context.rng().Fork("count", batch.step);
  return std::min(CountInBatch(options_.poison_rate, n, stream), n / 3);
}

// Of a batch, which comes in random order: the first carry their own trigger, as many next the
// trigger of an image further on, the rest stays. CE of all, and the diversity of both patterns.
// G learns from the same loss.
at::Tensor InputAware::TeacherLoss(TeacherContext& context, const LabelledBatch& batch) {
  const int64_t count = CountOf(context, batch), n = batch.labels.size(0);
  if (count == 0) return {};
  const auto images = Normalize(context.Augment(batch.pixels, batch.step), spec_);
  const auto own = images.narrow(0, 0, count), crossed = images.narrow(0, count, count);
  const auto donors = images.roll(-count, 0).narrow(0, count, count);
  const auto patterns = Patterns(own, Grad::kAll, PainterMode(count));
  const auto of_donors = Patterns(donors, Grad::kAll, PainterMode(count));
  const auto mixed = at::cat({Painted(own, patterns, Masks(own, Grad::kNone, Mode::kEval)),
                              Painted(crossed, of_donors, Masks(donors, Grad::kNone, Mode::kEval)),
                              images.narrow(0, 2 * count, n - 2 * count)});
  auto labels = batch.labels.clone();
  labels.narrow(0, 0, count).fill_(options_.target);
  optimizer_->ZeroGrad();
  const auto logits = context.teacher().Logits(mixed, Mode::kTrain, Grad::kAll);
  const auto loss = CrossEntropyPerSample(logits, labels).mean();
  const auto diversity = Diversity(own, donors, patterns, of_donors);
  if (context.progress().Wants(batch.step))
    context.progress().Scalar("input_aware/diversity", diversity.item<double>(), batch.step);
  return loss + options_.diversity * diversity;
}

void InputAware::AfterStep(TeacherContext& context, const LabelledBatch& batch) {
  if (CountOf(context, batch) == 0) return;
  // 200, 300, 400 and 500 of the authors' 600 epochs. A G that goes on while T comes to rest leaves
  // the T that learned to answer it.
  const int64_t total = context.total_steps();
  const Schedule schedule{.kind = "multistep",
                          .milestones = {total / 3, total / 2, total * 2 / 3, total * 5 / 6},
                          .gamma = 0.1};
  optimizer_->Step(ScheduleFactor(schedule, batch.step, total));
  optimizer_->ZeroGrad();
}

void InputAware::VisitTraining(StateVisitor& visitor) {
  optimizer_->Visit(visitor, "pattern_optimizer");
}

// Of kPainted images, uint8.
at::Tensor InputAware::TriggerOf(const at::Tensor& images) const {
  const auto normalized = Normalize(images, spec_);
  const auto painted = Painted(normalized, Patterns(normalized, Grad::kNone, Mode::kEval),
                               Masks(normalized, Grad::kNone, Mode::kEval));
  return ToPixels(painted, spec_);
}

at::Tensor InputAware::Trigger(const at::Tensor& images) const {
  if (learned_ == 0) throw Error("input_aware: the trigger is learned when the teacher is trained");
  const at::NoGradGuard no_grad;
  Use(images.device());
  std::vector<at::Tensor> parts = {images.narrow(0, 0, 0)};
  for (int64_t first = 0; first < images.size(0); first += kPainted) {
    const auto part = images.slice(0, first, first + kPainted);
    const auto full = at::constant_pad_nd(part, {0, 0, 0, 0, 0, 0, 0, kPainted - part.size(0)});
    parts.push_back(TriggerOf(full).narrow(0, 0, part.size(0)));
  }
  return at::cat(parts);
}

}  // namespace dfkd::input_aware
