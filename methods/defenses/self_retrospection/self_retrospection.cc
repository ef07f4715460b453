#include "methods/defenses/self_retrospection/self_retrospection.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/bincount.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "bench/nn/device.h"
#include "bench/nn/losses.h"
#include "bench/nn/random.h"
#include "bench/recipes/hypergradient.h"

namespace dfkd::self_retrospection {
namespace {

// A name of its own for every student step of the run.
Rng Stream(const Rng& rng, const char* name, const TransferBatch& batch) {
  return rng.Fork(name, batch.round).Fork("step", batch.step);
}

void AddToGradients(Classifier& student, const std::vector<at::Tensor>& gradients) {
  const at::NoGradGuard no_grad;
  const auto parameters = student.Parameters();
  for (size_t i = 0; i < parameters.size(); ++i) {
    auto& gradient = parameters[i].value.mutable_grad();
    gradient = gradient.defined() ? gradient + gradients[i] : gradients[i];
  }
}

// A pass in train mode leaves kKept of a running statistic and adds the rest of the batch's moment.
constexpr double kKept = 0.9;

std::vector<at::Tensor> Copies(const std::vector<NamedTensor>& buffers) {
  std::vector<at::Tensor> copies;
  for (const auto& buffer : buffers) copies.push_back(buffer.value.clone());
  return copies;
}

}  // namespace

at::Tensor SearchPerturbation(const Retrospection& problem,
                              const std::function<at::Tensor(const at::Tensor&)>& model,
                              const at::Tensor& target, const at::Tensor& start,
                              const at::Tensor& step_size, const Options& options) {
  const auto loss = [&](const at::Tensor& perturbation) {
    auto value = -problem.divergence(target, model(problem.images + perturbation));
    if (options.penalty_in_search) {
      value = value + options.norm_penalty * perturbation.square().sum();
    }
    return value;
  };
  return MinimizeByAdam(loss, start, step_size, options.perturbation_steps);
}

std::vector<at::Tensor> StudentGradients(const Retrospection& problem,
                                         const at::Tensor& perturbation, const Options& options) {
  const auto constant = problem.clean_logits.detach();
  // L_in = -KL(S(x) || S(x + d)) + lambda |d|^2, S(x) constant.
  const Objective inner = [&](const at::Tensor& delta) {
    const auto moved = problem.student(problem.images + delta);
    return options.norm_penalty * delta.square().sum() - problem.divergence(constant, moved);
  };
  // L_out = KL(S(x) || S(x')), x' = x + d on the chosen rows.
  const Objective outer = [&](const at::Tensor& delta) {
    const auto mixed = problem.student(problem.images + problem.rows * delta);
    return problem.divergence(options.detach_outer ? constant : problem.clean_logits, mixed);
  };
  return BilevelGradients(inner, outer, perturbation, problem.parameters, options.inner_step,
                          options.terms);
}

// No clipping in this branch of the reference.
std::optional<StudentPhase> SelfRetrospection::LatePhase() const {
  if (!context_ || Rests()) return {};
  const auto first = ActiveRounds(options_, context_->distiller).first;
  return StudentPhase{first, options_.learning_rate, /*clip=*/false, options_.rate_hold};
}

void SelfRetrospection::AddStudentGradients(Classifier& student, const TransferBatch& batch) {
  if (Rests()) return;
  added_.clear();
  Classifier& net = Workspace(student, batch.images.device());
  const auto problem = Problem(net, batch, net.profile() == student.profile());
  const auto perturbation = Search(net, batch, problem);
  AddToGradients(student, StudentGradients(problem, perturbation, options_));
  if (MovesStatistics()) MoveStatistics(student);
}

// Of one pass whose batch the running statistics of the reference see.
at::Tensor SelfRetrospection::Answer(Classifier& net, const at::Tensor& images, Grad grad) {
  if (!MovesStatistics()) return net.Logits(images, StudentMode(), grad);
  const auto before = Copies(net.Buffers());
  const auto logits = net.Logits(images, StudentMode(), grad);
  added_.push_back(Copies(net.Buffers()));
  for (size_t i = 0; i < before.size(); ++i) {
    if (before[i].is_floating_point()) added_.back()[i].sub_(before[i], kKept);
  }
  return logits;
}

// Behind the distiller's clean pass the reference's step makes x', x, x + d, x, x, and where S(x)
// is constant in the outer objective x' once more. Passes on the same images under the same weights
// have the same moments, so that each is made once and its share repeated.
void SelfRetrospection::MoveStatistics(Classifier& student) const {
  const auto &clean = added_.front(), &searched = added_[1], &mixed = added_.back();
  std::vector<const std::vector<at::Tensor>*> passes = {&mixed, &clean, &searched, &clean, &clean};
  if (options_.terms == 0) passes.erase(passes.begin() + 2);  // x + d is never asked for
  if (options_.detach_outer) passes.push_back(&mixed);
  const at::NoGradGuard no_grad;
  const auto buffers = student.Buffers();
  for (const auto* pass : passes) {
    for (size_t i = 0; i < buffers.size(); ++i) {
      auto value = buffers[i].value;
      if (value.is_floating_point()) {
        value.mul_(kKept).add_((*pass)[i]);
      } else {
        value.add_(1);  // how many batches were tracked
      }
    }
  }
}

// Second derivatives are taken in fp32 whatever the student's profile. A copy also keeps perturbed
// images out of the student's running statistics.
Classifier& SelfRetrospection::Workspace(const Classifier& student, const at::Device& device) {
  if (!workspace_) {
    workspace_ = student.Clone();
    workspace_->UseForSecondOrder(device, student.profile());
  }
  workspace_->CopyFrom(student);
  return *workspace_;
}

Retrospection SelfRetrospection::Problem(Classifier& net, const TransferBatch& batch,
                                         bool same_numerics) {
  Retrospection problem;
  problem.student = [this, &net](const at::Tensor& x) { return Answer(net, x, Grad::kAll); };
  const bool own = options_.reduction == "kd";
  const KdLoss kd = own ? batch.kd : KdLoss{.temperature = batch.kd.temperature};
  problem.divergence = [kd](const at::Tensor& target, const at::Tensor& logits) {
    return KdPerSample(target, logits, kd).mean();
  };
  for (const auto& parameter : net.Parameters()) problem.parameters.push_back(parameter.value);
  problem.images = batch.images.detach();
  // In train mode every clean pass gives the same logits: one serves search, inner and outer loss.
  problem.clean_logits =
      same_numerics && KnowsCleanLogits(batch)
          ? batch.student_logits
          : Answer(net, problem.images, options_.detach_outer ? Grad::kNone : Grad::kAll);
  problem.rows = ChosenRows(batch);
  return problem;
}

// The distiller's own pass serves where it was made in the same mode, nothing is differentiated
// through it, and what another one would do to running statistics is dropped.
bool SelfRetrospection::KnowsCleanLogits(const TransferBatch& batch) const {
  return batch.student_logits.defined() && StudentMode() == Mode::kTrain && options_.detach_outer &&
         !options_.update_statistics;
}

at::Tensor SelfRetrospection::Search(Classifier& net, const TransferBatch& batch,
                                     const Retrospection& problem) const {
  const bool on_teacher = options_.perturbed_model == "teacher";
  const auto answer = [&](Classifier& student, const at::Tensor& x) {
    return on_teacher ? context_->teacher.Logits(x, Grad::kInputs)
                      : student.Logits(x, StudentMode(), Grad::kInputs);
  };
  const auto model = [&](const at::Tensor& x) { return answer(net, x); };
  const auto target = (on_teacher ? batch.teacher_logits : problem.clean_logits).detach();
  const auto perturbation = SearchPerturbation(problem, model, target, StartingPoint(batch),
                                               StepSize(problem.images.device()), options_);
  if (batch.step == 0 && context_->progress.Wants(batch.round)) {
    const at::NoGradGuard no_grad;
    const auto copy = net.Clone();  // logging must not move running statistics
    const auto moved = answer(*copy, problem.images + perturbation);
    Report(batch, perturbation, target, moved, problem.divergence(target, moved).item<double>());
  }
  return perturbation;
}

// Without noise the search would start at a stationary point (the divergence of a distribution from
// itself) and be driven by rounding errors alone, as the reference is.
at::Tensor SelfRetrospection::StartingPoint(const TransferBatch& batch) const {
  const auto& spec = context_->spec;
  const auto noise = Normal(Stream(context_->rng, "perturbation", batch),
                            {1, spec.channels, spec.height, spec.width}, batch.images.device(),
                            batch.images.scalar_type());
  return noise * options_.initial_sigma;  // [1,C,H,W]
}

at::Tensor SelfRetrospection::StepSize(const at::Device& device) const {
  const auto& spec = context_->spec;
  const std::vector<double> sizes(spec.channels, options_.perturbation_step_size);
  const auto base = Constant(sizes, at::kFloat, device).view({1, -1, 1, 1});
  return options_.units == "normalised" ? base : base / PerChannel(spec.stddev, base);
}

at::Tensor SelfRetrospection::ChosenRows(const TransferBatch& batch) const {
  const int64_t size = batch.images.size(0);
  auto count = static_cast<int64_t>(options_.portion * static_cast<double>(size));
  if (options_.at_least_one_row) count = std::max<int64_t>(count, 1);
  const auto order = Permutation(Stream(context_->rng, "rows", batch), size);
  auto rows = at::zeros({size, 1, 1, 1}, at::kFloat);
  rows.index_fill_(0, order.slice(0, 0, count), 1);
  return Upload(rows, batch.images.device());
}

void SelfRetrospection::Report(const TransferBatch& batch, const at::Tensor& perturbation,
                               const at::Tensor& target, const at::Tensor& moved,
                               double divergence) const {
  const auto report = [&](const char* name, double value) {
    context_->progress.Scalar(std::string("self_retrospection/") + name, value, batch.round);
  };
  const auto largest_share = [](const at::Tensor& logits) {  // of rows sent to one class
    const auto counts = at::bincount(logits.argmax(1).cpu(), {}, logits.size(1));
    return counts.max().item<double>() / static_cast<double>(logits.size(0));
  };
  report("perturbation_norm", perturbation.norm().item<double>());
  report("divergence", divergence);
  report("largest_class_share", largest_share(moved));
  report("largest_class_share_clean", largest_share(target));
}

}  // namespace dfkd::self_retrospection
