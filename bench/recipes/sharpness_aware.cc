#include "bench/recipes/sharpness_aware.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include "bench/recipes/kept_buffers.h"

namespace dfkd {
namespace {

// Where the norm of all gradients is 0, nothing is divided by it.
constexpr double kSmallestNorm = 1e-12;

void AddAll(const std::vector<NamedTensor>& parameters, const std::vector<at::Tensor>& steps,
            double factor) {
  const at::NoGradGuard no_grad;
  for (size_t i = 0; i < steps.size(); ++i) parameters[i].value.add_(steps[i], factor);
}

}  // namespace

at::Tensor SmoothedCrossEntropy(const at::Tensor& logits, const at::Tensor& labels,
                                double smoothing) {
  const auto log_p = at::log_softmax(logits, 1);                          // [N, classes]
  const auto of_label = log_p.gather(1, labels.unsqueeze(1)).squeeze(1);  // [N]
  const double other = smoothing / static_cast<double>(logits.size(1) - 1);
  return -(1 - smoothing - other) * of_label - other * log_p.sum(1);
}

std::vector<at::Tensor> WorstStep(const std::vector<NamedTensor>& parameters, double rho) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> steps, norms;
  for (const auto& [name, value] : parameters) {
    const auto& gradient = value.grad();
    if (gradient.defined()) norms.push_back((value.abs() * gradient).norm());
    steps.push_back(gradient.defined() ? value.square() * gradient : at::zeros_like(value));
  }
  const auto norm = at::stack(norms).norm() + kSmallestNorm;
  for (auto& step : steps) step = step * (rho / norm);
  return steps;
}

void FineTuneSharpnessAware(Classifier& model, const Split& data,
                            const SharpnessAwareOptions& options, const DefenseContext& context,
                            const std::string& name) {
  const auto pass = [&](const FineTuneBatch& batch) {
    model.ZeroGrad();
    const auto logits = model.Logits(batch.images, Mode::kTrain, Grad::kAll);
    const auto loss = SmoothedCrossEntropy(logits, batch.labels, options.smoothing).mean();
    loss.backward();
    return loss;
  };
  const auto parameters = model.Parameters();
  const auto backward = [&](const FineTuneBatch& batch) {
    const auto loss = pass(batch);
    const auto steps = WorstStep(parameters, options.rho);
    const KeptBuffers kept(model);  // running statistics see the first pass alone
    AddAll(parameters, steps, 1);
    pass(batch);
    AddAll(parameters, steps, -1);
    return loss;
  };
  FineTuneAlong(model, data, options, context, name, {.backward = backward});
}

}  // namespace dfkd
