#include "attacks/backweak/backweak.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "bench/images/pixel.h"
#include "bench/nn/classifier.h"
#include "bench/nn/losses.h"
#include "bench/nn/optim.h"
#include "bench/nn/random.h"

namespace dfkd::backweak {
namespace {

constexpr double kMomentum = 0.9, kWeightDecay = 5e-4;
constexpr double kHalfRange = 127.5;  // grey values of one unit of images in [-1, 1]
constexpr int64_t kPredictBatch = 500;

// A weak universal perturbation: min_v E[max(0, max_{c != k} z_c - z_k + margin)] of the clean
// teacher, |v| <= epsilon, as long as no more images than the budget allows fall for it.
class WeakPerturbation {
 public:
  WeakPerturbation(const Options& options, CraftContext& context)
      : options_(options),
        context_(context),
        batch_(std::min(options.craft_batch, context.train.images.size(0))),
        total_(options.craft_epochs * (context.train.images.size(0) / batch_)),
        v_(at::zeros({1, context.spec.channels, context.spec.height, context.spec.width},
                     at::TensorOptions(at::kFloat).device(context.device))),
        optimizer_(
            {{"v", v_}},
            {.lr = options.craft_lr, .momentum = kMomentum, .schedule = {.kind = "cosine"}}) {
    v_.requires_grad_(true);
    ChooseOthers();
  }

  // The last one seen within the budget: int32 [C,H,W].
  at::Tensor Make() {
    auto within = Pixels();
    CheckTheCleanTeacher(SuccessOf(within));
    for (int64_t step = 0; step < total_; ++step) {
      Descend(step);
      context_.progress.Tick(step + 1, total_);
      if ((step + 1) % options_.check_every != 0 && step + 1 != total_) continue;
      const auto now = Pixels();
      const double success = SuccessOf(now);
      context_.progress.Scalar("backweak/asr", success, step);
      if (success > options_.asr_budget) break;
      within = now;
    }
    return within;
  }

 private:
  // Every k-th image of another class: data sets may be sorted.
  void ChooseOthers() {
    const auto rows = context_.train.labels.ne(options_.target).nonzero().squeeze(1);
    const int64_t step = (rows.size(0) + options_.check_images - 1) / options_.check_images;
    const auto chosen = rows.slice(0, 0, rows.size(0), std::max<int64_t>(1, step));
    others_ = context_.train.images.index_select(0, chosen);
  }

  // v as stored pixels see it.
  at::Tensor Pixels() const {
    return (v_.detach().squeeze(0) * kHalfRange).round().to(at::kCPU, at::kInt);
  }

  double SuccessOf(const at::Tensor& pixels) const {
    int64_t hits = 0;
    for (const auto& part : others_.split(kPredictBatch)) {
      const auto images = AddAsset(part, pixels.to(at::kShort)).to(context_.device);
      const auto logits = context_.clean_teacher->Logits(Normalize(images, context_.spec));
      hits += logits.argmax(1).eq(options_.target).sum().item<int64_t>();
    }
    return static_cast<double>(hits) / static_cast<double>(std::max<int64_t>(1, others_.size(0)));
  }

  void CheckTheCleanTeacher(double success) const {
    if (success <= options_.asr_budget) return;
    throw MakeError(
        "backweak: the clean teacher takes {:.1f} % of other images for the target {} without any "
        "trigger; asr_budget = {} leaves no room",
        100 * success, options_.target, options_.asr_budget);
  }

  at::Tensor Batch(int64_t step) {
    const int64_t per_epoch = context_.train.images.size(0) / batch_;
    if (step % per_epoch == 0) {
      order_ =
          Permutation(context_.rng.Fork("craft", step / per_epoch), context_.train.images.size(0));
    }
    const auto rows = order_.narrow(0, step % per_epoch * batch_, batch_);
    return context_.train.images.index_select(0, rows).to(context_.device);
  }

  void Descend(int64_t step) {
    const auto pixels = (Batch(step).to(at::kFloat) + v_ * kHalfRange).clamp(0, 255);
    const auto logits =
        context_.clean_teacher->Logits(Normalize(pixels, context_.spec), Grad::kInputs);  // [N, K]
    const auto target = logits.select(1, options_.target);
    const auto best_other =
        at::cat({logits.slice(1, 0, options_.target), logits.slice(1, options_.target + 1)}, 1)
            .amax(1);
    const auto loss = (best_other - target + options_.margin).clamp_min(0).mean();
    optimizer_.Descend(loss, ScheduleFactor(optimizer_.spec().schedule, step, total_));
    const at::NoGradGuard no_grad;
    const double bound = static_cast<double>(options_.epsilon) / kHalfRange;
    v_.clamp_(-bound, bound);
    if (context_.progress.Wants(step))
      context_.progress.Scalar("backweak/loss", loss.item<double>(), step);
  }

  const Options& options_;
  CraftContext& context_;
  const int64_t batch_, total_;
  const at::Tensor v_;  // [1,C,H,W], in units of images in [-1, 1]
  Optimizer optimizer_;
  at::Tensor others_;  // uint8 [M,C,H,W]
  at::Tensor order_;   // int64 [N], of the current epoch
};

}  // namespace

void BackWeak::Craft(CraftContext& context) {
  perturbation_ = WeakPerturbation(options_, context).Make();
}

at::Tensor BackWeak::Trigger(const at::Tensor& images) const {
  if (!perturbation_.defined()) throw Error("backweak: the trigger has not been crafted yet");
  return AddAsset(images, perturbation_.to(at::kShort));
}

void BackWeak::PlanTraining(TrainingPlan& plan) const {
  plan.optimizer = {.lr = options_.lr,
                    .momentum = kMomentum,
                    .weight_decay = kWeightDecay,
                    .schedule = {.kind = "cosine"}};
  plan.epochs = options_.epochs;
}

void BackWeak::BeginTraining(TeacherContext& context) {
  auto& teacher = context.teacher();
  teacher.CopyFrom(*context.clean_teacher());
  if (!options_.freeze_last) return;
  const auto parameters = teacher.Parameters();
  const auto layer = parameters.back().name.substr(0, parameters.back().name.rfind('.') + 1);
  for (const auto& [name, value] : parameters) {
    if (name.starts_with(layer)) value.set_requires_grad(false);
  }
}

}  // namespace dfkd::backweak
