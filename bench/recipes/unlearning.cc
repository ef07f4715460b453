#include "bench/recipes/unlearning.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "bench/core/error.h"
#include "bench/nn/losses.h"
#include "bench/nn/optim.h"
#include "bench/nn/random.h"
#include "bench/recipes/count_of.h"
#include "bench/recipes/hypergradient.h"

namespace dfkd {
namespace {

// -CE(f(x + d), labels) + penalty |d|^2
at::Tensor InnerLoss(const Unlearning& problem, size_t batch, const at::Tensor& labels,
                     const at::Tensor& perturbation, double penalty) {
  const auto logits = problem.model(problem.images[batch] + perturbation);
  return penalty * perturbation.square().sum() - CrossEntropyPerSample(logits, labels).mean();
}

at::Tensor PresentAnswers(const Unlearning& problem, size_t batch) {
  const at::NoGradGuard no_grad;
  return problem.model(problem.images[batch]).argmax(1);
}

// One order for all rounds, the rest kept as a batch unless it is one image (batches.h).
void FillBatches(Unlearning& problem, const Split& data, int64_t size,
                 const DefenseContext& context) {
  const auto order =
      Permutation(context.rng.Fork("order"), data.images.size(0), data.images.device());
  for (const auto& rows : order.split(size)) {
    if (rows.size(0) == 1 && size > 1 && !problem.images.empty()) break;
    problem.images.push_back(Normalize(data.images.index_select(0, rows), context.spec));
    problem.labels.push_back(data.labels.index_select(0, rows));
  }
}

// How far the perturbation is, and what share of the first batch it moves off its label. In
// evaluation mode: a report must not move running statistics.
void Report(const Classifier& net, const Unlearning& problem, const at::Tensor& perturbation,
            const DefenseContext& context, const std::string& name, int64_t round) {
  const double norm = perturbation.norm().item<double>();
  if (!std::isfinite(norm)) {
    throw MakeError(FailureClass::kDiverged, "{}: the perturbation is {} in round {}", name, norm,
                    round);
  }
  const auto moved = net.Logits(problem.images[0] + perturbation).argmax(1);
  const auto fooled = (moved != problem.labels[0]).to(at::kDouble).mean();
  context.progress.Scalar(name + "/perturbation_norm", norm, round);
  context.progress.Scalar(name + "/fooled_share", fooled.item<double>(), round);
}

}  // namespace

at::Tensor WorstPerturbation(const Unlearning& problem, const UnlearningOptions& options) {
  const size_t batches = problem.images.size();
  const int64_t steps =
      options.search_steps > 0 ? options.search_steps : static_cast<int64_t>(batches);
  size_t step = 0;
  const Objective loss = [&](const at::Tensor& perturbation) {
    const size_t batch = step++ % batches;
    return InnerLoss(problem, batch, PresentAnswers(problem, batch), perturbation,
                     options.norm_penalty);
  };
  const auto start = at::zeros_like(problem.images[0].slice(0, 0, 1));  // [1,C,H,W]
  if (options.search == "sgd") return MinimizeBySgd(loss, start, options.search_lr, steps);
  const auto rate = at::full({1}, options.search_lr, start.options());
  return MinimizeByAdam(loss, start, rate, steps);
}

at::Tensor PerturbedRows(const at::Tensor& images, double portion, const Rng& rng) {
  const int64_t size = images.size(0);
  const auto count = std::max<int64_t>(1, CountOf(portion, size));
  auto rows = at::zeros({size, 1, 1, 1}, images.options());
  return rows.index_fill_(0, Permutation(rng, size, images.device()).slice(0, 0, count), 1);
}

std::vector<at::Tensor> UnlearningGradients(const Unlearning& problem, size_t batch,
                                            const at::Tensor& perturbation, const at::Tensor& rows,
                                            const UnlearningOptions& options) {
  const Objective inner = [&](const at::Tensor& delta) {
    return InnerLoss(problem, 0, problem.labels[0], delta, options.norm_penalty);
  };
  const Objective outer = [&](const at::Tensor& delta) {
    const auto logits = problem.model(problem.images[batch] + rows * delta);
    return CrossEntropyPerSample(logits, problem.labels[batch]).mean();
  };
  return BilevelGradients(inner, outer, perturbation, problem.parameters, options.inner_step,
                          options.terms);
}

// In an fp32 copy whatever the profile, for the second derivatives.
void Unlearn(Classifier& model, const Split& data, const UnlearningOptions& options,
             const DefenseContext& context, const std::string& name) {
  const auto net = model.Clone();
  net->UseForSecondOrder(data.images.device(), Profile::kFp32);
  const auto mode = options.batch_norm == "train" ? Mode::kTrain : Mode::kEval;
  Unlearning problem;
  problem.model = [&](const at::Tensor& x) { return net->Logits(x, mode, Grad::kAll); };
  for (const auto& parameter : net->Parameters()) problem.parameters.push_back(parameter.value);
  FillBatches(problem, data, options.batch_size, context);
  Optimizer optimizer(net->Parameters(), {.kind = "adam", .lr = options.lr});
  const auto batches = static_cast<int64_t>(problem.images.size());
  for (int64_t round = 0; round < options.rounds; ++round) {
    const auto perturbation = WorstPerturbation(problem, options);
    Report(std::as_const(*net), problem, perturbation, context, name, round);
    for (int64_t batch = 0; batch < batches; ++batch) {
      const auto rows = PerturbedRows(problem.images[batch], options.portion,
                                      context.rng.Fork("rows", round).Fork("batch", batch));
      optimizer.DescendAlong(UnlearningGradients(problem, batch, perturbation, rows, options));
      context.progress.Tick(round * batches + batch + 1, options.rounds * batches);
    }
  }
  model.CopyFrom(*net);
}

}  // namespace dfkd
