#include "bench/nn/optim.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cmath>
#include <numbers>

#include "bench/core/error.h"
#include "bench/nn/losses.h"
#include "bench/nn/numerics.h"
#include "bench/nn/visit.h"

namespace dfkd {
namespace {

constexpr double kAdamEpsilon = 1e-8;
constexpr double kOneCycleStart = 1.0 / 25;              // of the highest rate
constexpr double kOneCycleEnd = kOneCycleStart / 10000;  // torch's defaults

bool HasTwoMoments(const std::string& kind) { return kind == "adam" || kind == "radam"; }

// How far the second moment may be trusted after `steps` (Liu et al. 2020, eq. 6): 0 for not at
// all.
double Rectification(double beta2, int64_t steps) {
  const double power = std::pow(beta2, steps), last = 2 / (1 - beta2) - 1;
  const double length = last - 2 * static_cast<double>(steps) * power / (1 - power);
  if (length <= 5) return 0;
  return std::sqrt((length - 4) * (length - 2) * last / ((last - 4) * (last - 2) * length));
}

double CosineBetween(double from, double to, double share) {
  return to + (from - to) * (1 + std::cos(std::numbers::pi * share)) / 2;
}

double OneCycleFactor(double warmup, int64_t position, int64_t total) {
  const double top = warmup * total - 1, last = total - 1;  // as torch counts its steps
  if (position < top) {
    return CosineBetween(kOneCycleStart, 1, position / top);
  }
  return last > top ? CosineBetween(1, kOneCycleEnd, (position - top) / (last - top)) : 1;
}

double MultistepFactor(const Schedule& schedule, int64_t position) {
  double factor = 1;
  for (const auto milestone : schedule.milestones) {
    factor *= position >= milestone ? schedule.gamma : 1;
  }
  return factor;
}

std::vector<at::Tensor> ZerosLike(const std::vector<NamedTensor>& parameters) {
  std::vector<at::Tensor> zeros;
  for (const auto& parameter : parameters) {
    zeros.push_back(at::zeros_like(parameter.value.detach()));
  }
  return zeros;
}

// What a step works on: the parameters that have a gradient. As in torch, the others are left
// alone, weight decay included.
struct Group {
  std::vector<at::Tensor> parameters, gradients, first, second;
};

Group WithGradients(const std::vector<NamedTensor>& parameters,
                    const std::vector<at::Tensor>& first, const std::vector<at::Tensor>& second) {
  Group group;
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (parameters[i].value.grad().defined()) {
      group.parameters.push_back(parameters[i].value);
      group.gradients.push_back(parameters[i].value.grad());
      if (!first.empty()) group.first.push_back(first[i]);
      if (!second.empty()) group.second.push_back(second[i]);
    }
  }
  return group;
}

}  // namespace

double ScheduleFactor(const Schedule& schedule, int64_t position, int64_t total) {
  if (schedule.kind == "constant") {
    return 1;
  }
  if (schedule.kind == "cosine") {
    return CosineBetween(1, 0, static_cast<double>(position) / total);
  }
  if (schedule.kind == "one_cycle") {
    return OneCycleFactor(schedule.warmup, position, total);
  }
  if (schedule.kind == "multistep") {
    return MultistepFactor(schedule, position);
  }
  throw MakeError("schedule '{}' must be one of constant, cosine, one_cycle, multistep",
                  schedule.kind);
}

Optimizer::Optimizer(std::vector<NamedTensor> parameters, OptimizerSpec spec)
    : parameters_(std::move(parameters)), spec_(std::move(spec)) {
  if (spec_.kind != "sgd" && !HasTwoMoments(spec_.kind)) {
    throw MakeError("optimizer '{}' must be one of sgd, adam, radam", spec_.kind);
  }
  if (spec_.nesterov && spec_.momentum <= 0) {
    throw MakeError("nesterov needs momentum > 0, not {}", spec_.momentum);
  }
  ScheduleFactor(spec_.schedule, 0, 1);  // an unknown kind is reported here, not after an hour
  if (HasTwoMoments(spec_.kind) || spec_.momentum != 0) {
    first_ = ZerosLike(parameters_);
  }
  if (HasTwoMoments(spec_.kind)) {
    second_ = ZerosLike(parameters_);
  }
}

void Optimizer::ZeroGrad() {
  for (auto& parameter : parameters_) {
    parameter.value.mutable_grad().reset();
  }
}

void Optimizer::ClipGradients() {
  if (spec_.clip_norm <= 0) {
    return;
  }
  const c10::NoGradGuard no_grad;
  const auto gradients = WithGradients(parameters_, {}, {}).gradients;
  if (gradients.empty()) {
    return;
  }
  const auto norm = at::stack(at::_foreach_norm(gradients)).norm();
  MultiplyAll(gradients, (spec_.clip_norm / (norm + 1e-6)).clamp_max(1));
}

void Optimizer::Step(double factor) {
  const c10::NoGradGuard no_grad;
  ++steps_;
  if (spec_.kind == "sgd") {
    StepSgd(spec_.lr * factor);
  } else {
    StepAdam(spec_.lr * factor);
  }
}

void Optimizer::Descend(const at::Tensor& loss, double factor) {
  std::vector<at::Tensor> weights;
  for (const auto& parameter : parameters_) weights.push_back(parameter.value);
  DescendAlong(Gradients(loss, weights), factor);
}

void Optimizer::DescendAlong(const std::vector<at::Tensor>& gradients, double factor) {
  DFKD_CHECK(gradients.size() == parameters_.size());
  for (size_t i = 0; i < gradients.size(); ++i) {
    parameters_[i].value.mutable_grad() = gradients[i];
  }
  ClipGradients();
  Step(factor);
  ZeroGrad();
}

void Optimizer::StepSgd(double lr) {
  auto [parameters, gradients, momentum, unused] = WithGradients(parameters_, first_, {});
  if (parameters.empty()) {
    return;
  }
  if (spec_.weight_decay != 0) {
    gradients = at::_foreach_add(gradients, parameters, spec_.weight_decay);
  }
  if (spec_.momentum != 0) {
    at::_foreach_mul_(momentum, spec_.momentum);
    at::_foreach_add_(momentum, gradients, 1);
    gradients = spec_.nesterov ? at::_foreach_add(gradients, momentum, spec_.momentum) : momentum;
  }
  at::_foreach_add_(parameters, gradients, -lr);
}

void Optimizer::StepAdam(double lr) {
  auto [parameters, gradients, mean, square] = WithGradients(parameters_, first_, second_);
  if (parameters.empty()) {
    return;
  }
  if (spec_.weight_decay != 0) {
    gradients = at::_foreach_add(gradients, parameters, spec_.weight_decay);
  }
  at::_foreach_mul_(mean, spec_.beta1);
  at::_foreach_add_(mean, gradients, 1 - spec_.beta1);
  at::_foreach_mul_(square, spec_.beta2);
  at::_foreach_addcmul_(square, gradients, gradients, 1 - spec_.beta2);
  const double rate = lr / (1 - std::pow(spec_.beta1, steps_));
  auto scale = at::_foreach_sqrt(square);
  if (spec_.kind == "adam") {
    at::_foreach_div_(scale, std::sqrt(1 - std::pow(spec_.beta2, steps_)));
    at::_foreach_add_(scale, kAdamEpsilon);
    at::_foreach_addcdiv_(parameters, mean, scale, -rate);
    return;
  }
  const double trust = Rectification(spec_.beta2, steps_);
  if (trust == 0) {
    at::_foreach_add_(parameters, mean, -rate);
    return;
  }
  at::_foreach_add_(scale, kAdamEpsilon);
  at::_foreach_addcdiv_(parameters, mean, scale,
                        -rate * trust * std::sqrt(1 - std::pow(spec_.beta2, steps_)));
}

void Optimizer::Visit(StateVisitor& visitor, const std::string& prefix) {
  visitor.Number(prefix + ".steps", steps_);
  const auto* first_name = HasTwoMoments(spec_.kind) ? ".mean." : ".momentum.";
  for (size_t i = 0; i < parameters_.size(); ++i) {
    if (!first_.empty()) {
      VisitInPlace(visitor, prefix + first_name + parameters_[i].name, first_[i]);
    }
    if (!second_.empty()) {
      VisitInPlace(visitor, prefix + ".square." + parameters_[i].name, second_[i]);
    }
  }
}

}  // namespace dfkd
