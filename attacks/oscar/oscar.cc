#include "attacks/oscar/oscar.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

#include "bench/images/pixel.h"
#include "bench/nn/classifier.h"
#include "bench/nn/device.h"
#include "bench/nn/losses.h"
#include "bench/nn/optim.h"
#include "bench/nn/random.h"
#include "bench/recipes/universal_perturbation.h"

namespace dfkd::oscar {
namespace {

constexpr int64_t kPredictBatch = 500;
// Of the clean student; SomeBottle/8ackW3ak, experiments/examples/RL_OSCF.toml.
constexpr double kTemperature = 5, kTaught = 0.5;

// The largest change that a stored image can have within `epsilon`.
int64_t LevelsWithin(double epsilon) {
  return static_cast<int64_t>(std::floor(255 * epsilon + 1e-9));
}

// The perturbation, and the clean student that it is made with.
class Perturbation {
 public:
  Perturbation(const Options& options, CraftContext& context)
      : options_(options),
        context_(context),
        batch_(std::min(options.craft_batch, context.train.images.size(0))),
        per_epoch_(context.train.images.size(0) / batch_),
        total_((options.student_epochs + options.craft_epochs) * per_epoch_),
        mu_(context.spec, context.device, LevelsWithin(options.epsilon),
            {.kind = "adam", .lr = options.craft_lr}) {}

  // int32 [C,H,W], in grey values.
  at::Tensor Make() {
    ChooseOthers();
    Distil();
    for (int64_t step = 0; step < options_.craft_epochs * per_epoch_; ++step) {
      Descend(step);
      Tick();
      if ((step + 1) % per_epoch_ == 0 && FoolsBoth(step)) break;
    }
    return mu_.GreyLevels();
  }

 private:
  void Tick() { context_.progress.Tick(++done_, total_); }

  // Every k-th image of another class: data sets may be sorted.
  void ChooseOthers() {
    const auto rows = context_.train.labels.ne(options_.target).nonzero().squeeze(1);
    if (rows.size(0) == 0) {
      throw MakeError("oscar: every training image is of the target {}; none is left to be fooled",
                      options_.target);
    }
    const int64_t step = (rows.size(0) + options_.check_images - 1) / options_.check_images;
    others_ = context_.train.images.index_select(
        0, rows.slice(0, 0, rows.size(0), std::max<int64_t>(1, step)));
  }

  // Of the training set.
  at::Tensor Rows(const char* what, int64_t step) {
    if (step % per_epoch_ == 0)
      order_ =
          Permutation(context_.rng.Fork(what, step / per_epoch_), context_.train.images.size(0));
    return order_.narrow(0, step % per_epoch_ * batch_, batch_);
  }

  // uint8 [B,C,H,W].
  at::Tensor Batch(const at::Tensor& rows) const {
    return Upload(context_.train.images.index_select(0, rows), context_.device);
  }

  // a tau^2 KL(T / tau || S / tau) + (1 - a) CE(S, y) on clean training images.
  void Distil() {
    const auto& teacher = *context_.clean_teacher;
    student_ = std::make_unique<Classifier>(
        options_.surrogate.empty() ? teacher.name() : options_.surrogate, context_.spec);
    student_->Initialize(context_.rng.Fork("student"));
    student_->Use(context_.device, teacher.profile());
    Optimizer optimizer(
        student_->Parameters(),
        {.kind = "adam", .lr = options_.student_lr, .schedule = {.kind = "cosine"}});
    const int64_t steps = options_.student_epochs * per_epoch_;
    for (int64_t step = 0; step < steps; ++step, Tick()) {
      const auto rows = Rows("distil", step);
      const auto images = Normalize(Batch(rows), context_.spec);
      const auto labels = Upload(context_.train.labels.index_select(0, rows), context_.device);
      const auto answers = student_->Logits(images, Mode::kTrain, Grad::kAll);
      const auto kd =
          KdPerSample(teacher.Logits(images), answers, {.temperature = kTemperature}).mean();
      const auto loss =
          kTaught * kd + (1 - kTaught) * CrossEntropyPerSample(answers, labels).mean();
      optimizer.Descend(loss, ScheduleFactor(optimizer.spec().schedule, step, steps));
      if (context_.progress.Wants(step))
        context_.progress.Scalar("oscar/student_loss", loss.item<double>(), step);
    }
    student_->Freeze();
  }

  // CE(T^(x + mu), k) + CE(S^(x + mu), k) of pixels that stay pixels, then |mu| <= epsilon.
  void Descend(int64_t step) {
    const auto triggered = Normalize(mu_.Applied(Batch(Rows("craft", step))), context_.spec);
    const auto targets =
        at::full({batch_}, options_.target, at::TensorOptions(at::kLong).device(context_.device));
    const auto fooled = [&](const Classifier& model) {
      return CrossEntropyPerSample(model.Logits(triggered, Grad::kInputs), targets).mean();
    };
    const auto loss = fooled(*context_.clean_teacher) + fooled(*student_);
    mu_.Descend(loss);
    if (context_.progress.Wants(step))
      context_.progress.Scalar("oscar/loss", loss.item<double>(), step);
  }

  double SuccessOn(const Classifier& model) const {
    const auto pixels = mu_.GreyLevels().to(at::kShort);
    int64_t hits = 0;
    for (const auto& part : others_.split(kPredictBatch)) {
      const auto images = AddAsset(part, pixels).to(context_.device);
      hits += model.Logits(Normalize(images, context_.spec))
                  .argmax(1)
                  .eq(options_.target)
                  .sum()
                  .item<int64_t>();
    }
    return static_cast<double>(hits) / static_cast<double>(std::max<int64_t>(1, others_.size(0)));
  }

  bool FoolsBoth(int64_t step) {
    const double teacher = SuccessOn(*context_.clean_teacher), student = SuccessOn(*student_);
    context_.progress.Scalar("oscar/teacher_asr", teacher, step);
    context_.progress.Scalar("oscar/student_asr", student, step);
    return std::min(teacher, student) > options_.enough;
  }

  const Options& options_;
  CraftContext& context_;
  const int64_t batch_, per_epoch_, total_;
  int64_t done_ = 0;
  UniversalPerturbation mu_;
  std::unique_ptr<Classifier> student_;
  at::Tensor others_;  // uint8 [M,C,H,W]
  at::Tensor order_;   // int64 [N], of the current epoch
};

}  // namespace

void Oscar::Begin(const ImageSpec& spec) {
  if (options_.target >= spec.classes) {
    throw MakeError("oscar: target = {} must lie in [0, {}]", options_.target, spec.classes - 1);
  }
}

void Oscar::Craft(CraftContext& context) { perturbation_ = Perturbation(options_, context).Make(); }

at::Tensor Oscar::Trigger(const at::Tensor& images) const {
  if (!perturbation_.defined()) throw Error("oscar: the trigger has not been crafted yet");
  return AddAsset(images, Upload(perturbation_.to(at::kShort), images.device()));
}

void Oscar::PlanTraining(TrainingPlan& plan) const {
  plan = {.optimizer = {.kind = "adam", .lr = options_.lr, .schedule = {.kind = "cosine"}},
          .epochs = options_.epochs,
          .batch_size = options_.batch_size};
}

// CE(T(x), y) + alpha CE(T(x + mu), y), from scratch.
at::Tensor Oscar::TeacherLoss(TeacherContext& context, const LabelledBatch& batch) {
  const auto images = context.Augment(batch.pixels, batch.step);
  const auto loss = [&](const at::Tensor& pixels) {
    const auto logits =
        context.teacher().Logits(Normalize(pixels, context.spec()), Mode::kTrain, Grad::kAll);
    return CrossEntropyPerSample(logits, batch.labels).mean();
  };
  return loss(images) + options_.alpha * loss(Trigger(images));
}

}  // namespace dfkd::oscar
