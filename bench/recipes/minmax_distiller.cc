#include "bench/recipes/minmax_distiller.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <utility>
#include <vector>

#include "bench/core/error.h"
#include "bench/nn/losses.h"
#include "bench/nn/norm_statistics.h"
#include "bench/nn/synthesis_losses.h"

namespace dfkd {
namespace {

constexpr double kDrop = 0.1;
constexpr const char* kFeatures =
    "features";  // the tap of pooled activations that every network has

// The same batch, of which nothing may be differentiated any more.
TransferBatch Detached(TransferBatch batch) {
  batch.images = batch.images.detach();
  batch.teacher_logits = batch.teacher_logits.detach();
  for (auto& [name, tap] : batch.teacher_taps) {
    if (tap.defined()) tap = tap.detach();
  }
  return batch;
}

// The value of `scalar`, and its gradient by `input` taken now: what else goes back through its
// graph later does not meet it before `input`.
at::Tensor Apart(const at::Tensor& scalar, const at::Tensor& input) {
  const auto gradient =
      Gradients(scalar, {input}, /*create_graph=*/false, /*retain_graph=*/true)[0];
  const auto linear = (input * gradient).sum();
  return scalar.detach() + (linear - linear.detach());
}

// Images that the teacher gives to the class it prefers, as a share: far above 1 / classes, it says
// that the generator has found a shortcut (a backdoor's target, for one).
double LargestShare(const TransferBatch& batch) {
  const auto counts = at::bincount(batch.teacher_logits.argmax(1).to(at::kCPU));
  return counts.max().item<double>() / static_cast<double>(batch.teacher_logits.size(0));
}

}  // namespace

// Weighted terms of the generator's loss, reported one by one; a term of weight 0 is not computed.
class MinMaxDistiller::Sum {
 public:
  Sum(at::Tensor start, Progress* progress, std::string prefix, int64_t round)
      : total_(std::move(start)), progress_(progress), prefix_(std::move(prefix)), round_(round) {}

  template <class Term>
  void Add(const char* name, double weight, Term term) {
    if (weight != 0) total_ = total_ + Weighted(name, weight, term);
  }
  // The same, with a backward pass of its own to `images`.
  template <class Term>
  void AddApart(const char* name, double weight, const at::Tensor& images, Term term) {
    if (weight != 0) total_ = total_ + Apart(Weighted(name, weight, term), images);
  }
  const at::Tensor& total() const { return total_; }

 private:
  template <class Term>
  at::Tensor Weighted(const char* name, double weight, Term term) const {
    const at::Tensor value = term();
    if (progress_) progress_->Scalar(prefix_ + name, value.template item<double>(), round_);
    return weight * value;
  }

  at::Tensor total_;
  Progress* const progress_;  // null: nobody wants to know
  const std::string prefix_;
  const int64_t round_;
};

MinMaxDistiller::MinMaxDistiller(std::string name, const MinMaxOptions& options)
    : name_(std::move(name)), options_(options) {}

void MinMaxDistiller::Begin(DistillContext& ctx) {
  const auto& o = options_;
  if (o.order == "simultaneous" && (o.generator_steps != 1 || o.student_steps != 1)) {
    throw MakeError("{}: order = simultaneous has one step each, not {} and {}", name_,
                    o.generator_steps, o.student_steps);
  }
  if (o.adversarial_weight + o.norm_weight + o.one_hot_weight + o.entropy_weight +
          o.activation_weight + o.balance_weight <=
      0) {
    throw MakeError("{}: all weights of the generator's loss are 0; one must be above", name_);
  }
  const auto schedule = ScheduleOver(ctx.total_rounds());
  ctx.UseStudentOptimizer({.kind = o.student_optimizer,
                           .lr = o.student_lr,
                           .momentum = o.student_optimizer == "sgd" ? o.momentum : 0,
                           .weight_decay = o.weight_decay,
                           .nesterov = o.student_optimizer == "sgd" && o.nesterov,
                           .schedule = schedule});
  generator_.emplace(Spec(),
                     OptimizerSpec{.kind = "adam",
                                   .lr = o.generator_lr,
                                   .beta1 = o.generator_beta1,
                                   .schedule = o.generator_follows ? schedule : Schedule{}},
                     ctx);
}

GeneratorSpec MinMaxDistiller::Spec() const {
  return {.latent = options_.latent,
          .width = options_.generator_width,
          .kind = GeneratorKindFrom(options_.generator),
          .norm_epsilon = options_.norm_epsilon,
          .running_statistics = options_.generator_mode == "running"};
}

Schedule MinMaxDistiller::ScheduleOver(int64_t rounds) const {
  if (options_.schedule != "drops") return {.kind = options_.schedule};
  const auto at = [&](double share) { return static_cast<int64_t>(share * rounds + 0.5); };
  return {.kind = "multistep",
          .milestones = {at(options_.first_drop), at(options_.second_drop)},
          .gamma = kDrop};
}

void MinMaxDistiller::Round(DistillContext& ctx, int64_t round) {
  if (options_.order == "simultaneous") return BothAtOnce(ctx, round);
  if (options_.order == "student_first") StudentSteps(ctx, round);
  GeneratorSteps(ctx, round);
  if (options_.order == "generator_first") StudentSteps(ctx, round);
}

void MinMaxDistiller::GeneratorSteps(DistillContext& ctx, int64_t round) {
  for (int64_t i = 0; i < options_.generator_steps; ++i) {
    const auto latent = generator_->Latent(options_.batch_size, round, "generator", i);
    const auto images = generator_->Images(latent, Grad::kAll);
    generator_->Descend(Judge(ctx, images, round).loss, round);
    AfterGeneratorStep();
  }
}

void MinMaxDistiller::StudentSteps(DistillContext& ctx, int64_t round) {
  for (int64_t i = 0; i < options_.student_steps; ++i) {
    auto batch = ctx.Teach(StudentImages(ctx, round, i), Kd(), round);
    batch.step = i;
    StepStudent(ctx, batch);
  }
}

at::Tensor MinMaxDistiller::StudentImages(DistillContext&, int64_t round, int64_t step) {
  const auto latent = generator_->Latent(options_.batch_size, round, "student", step);
  return generator_->Images(latent, Grad::kNone, SamplingMode());
}

at::Tensor MinMaxDistiller::Samples(DistillContext& ctx, int64_t count) {
  return generator_->Samples(ctx.rng().Fork("samples"), count, options_.batch_size, SamplingMode());
}

// DAFL: the generator's loss and the student's come from one pass, and both step on it.
void MinMaxDistiller::BothAtOnce(DistillContext& ctx, int64_t round) {
  const auto latent = generator_->Latent(options_.batch_size, round, "both", 0);
  const auto judged = Judge(ctx, generator_->Images(latent, Grad::kAll), round);
  generator_->Descend(judged.loss, round);
  AfterGeneratorStep();
  StepStudent(ctx, Detached(judged.batch));
}

void MinMaxDistiller::StepStudent(DistillContext& ctx, TransferBatch batch) const {
  batch.weight = Weight();
  batch.student_logits = ctx.student().Logits(batch.images, Mode::kTrain, Grad::kAll);
  ctx.StepStudent(batch, StudentLoss(batch));
}

at::Tensor MinMaxDistiller::StudentLoss(const TransferBatch& batch) const {
  return Distance(batch, batch.student_logits);
}

at::Tensor MinMaxDistiller::Distance(const TransferBatch& batch,
                                     const at::Tensor& student_logits) const {
  if (options_.distance == "l1") return (student_logits - batch.teacher_logits).abs().mean(1);
  if (options_.distance == "js") {
    return JsPerSample(batch.teacher_logits, student_logits, options_.temperature);
  }
  return KdPerSample(batch.teacher_logits, student_logits, batch.kd);
}

// L_G = - adversarial D(T, S) + norms + one-hot + entropy + activation + balance + what defences
// add.
MinMaxDistiller::Judged MinMaxDistiller::Judge(DistillContext& ctx, const at::Tensor& images,
                                               int64_t round) const {
  std::vector<std::string> taps;
  if (options_.activation_weight > 0) taps.push_back(kFeatures);
  std::vector<NormInput> norms;
  TransferBatch batch;
  if (options_.norm_weight > 0) {
    NormWatch watch(ctx.teacher());
    batch = ctx.Teach(images, Kd(), round, Grad::kInputs, taps);
    norms = std::move(watch.seen);
  } else {
    batch = ctx.Teach(images, Kd(), round, Grad::kInputs, taps);
  }
  const bool wanted = ctx.progress().Wants(round);
  Sum sum(ctx.SynthesisPenalty(batch), wanted ? &ctx.progress() : nullptr, name_ + "/", round);
  if (wanted) ctx.progress().Scalar(name_ + "/largest_class", LargestShare(batch), round);
  sum.Add("disagreement", -options_.adversarial_weight, [&] {
    const auto mode = options_.student_mode == "train" ? Mode::kTrain : Mode::kEval;
    return Distance(batch, ctx.student().Logits(images, mode, Grad::kInputs)).mean();
  });
  sum.Add("norms", options_.norm_weight, [&] {
    return options_.norm_form == "divergence" ? NormDivergence(norms)
                                              : NormDistance(norms, options_.first_norm_weight);
  });
  AddPriors(batch, sum);
  return {sum.total(), std::move(batch)};
}

void MinMaxDistiller::AddPriors(const TransferBatch& batch, Sum& sum) const {
  const auto& logits = batch.teacher_logits;
  sum.Add("one_hot", options_.one_hot_weight, [&] { return OneHotLoss(logits); });
  sum.Add("entropy", options_.entropy_weight, [&] { return EntropyLoss(logits); });
  sum.Add("balance", options_.balance_weight, [&] { return BalanceLoss(logits); });
  // Added inside the teacher to what the logits send back, its gradient would be rounded otherwise.
  sum.AddApart("activation", options_.activation_weight, batch.images,
               [&] { return ActivationLoss(batch.teacher_taps.at(kFeatures)); });
}

}  // namespace dfkd
