#include "methods/defenses/otbr/otbr.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include "bench/core/error.h"
#include "bench/nn/losses.h"
#include "bench/nn/optim.h"
#include "bench/nn/random.h"
#include "bench/recipes/count_of.h"
#include "methods/defenses/otbr/transport.h"

namespace dfkd::otbr {
namespace {

// Those of the chain from image to features: shortcuts stand beside it.
std::vector<at::Tensor> Chain(const Classifier& model) {
  std::vector<at::Tensor> weights;
  for (const auto& convolution : model.Convolutions()) {
    if (convolution.name.find("shortcut") != std::string::npos) continue;
    const auto weight = convolution.weight.detach();
    if (!weights.empty() && weight.size(1) != weights.back().size(0))
      throw MakeError("otbr: '{}' is depthwise; {} has layers that it cannot align",
                      convolution.name, model.name());
    weights.push_back(weight);
  }
  return weights;
}

at::Tensor InDouble(const at::Tensor& tensor) { return tensor.to(at::kCPU, at::kDouble); }

// A distribution in which no neuron has nothing, for the transport divides by it.
at::Tensor Distribution(const at::Tensor& change) {
  const auto share = change / change.sum().clamp_min(1e-300);
  const auto guarded = share + 1e-9;
  return guarded / guarded.sum();
}

// Of the layer before: from the pruned network's neurons to the backdoored one's, with the latter's
// distribution.
struct Alignment {
  at::Tensor plan;   // [in,in]
  at::Tensor share;  // [in]
};

// `pruned` [out,in,k] is brought to the order of `own`, [out,in,k]: its inputs by the layer before,
// its outputs by the transport to the neurons that they are nearest to.
at::Tensor Aligned(const at::Tensor& pruned, const at::Tensor& own, const at::Tensor& change,
                   Alignment& before) {
  const auto inputs = at::matmul(pruned.permute({2, 0, 1}), before.plan / before.share);
  const int64_t count = own.size(0);
  const auto uniform = at::full({count}, 1.0 / static_cast<double>(count), own.options());
  const auto share = Distribution(change);
  const auto cost = at::cdist(pruned.flatten(1), own.flatten(1));
  const auto plan = OptimalTransport(uniform, share, cost);
  before = {plan, share};
  const auto outputs = plan.t() / share.unsqueeze(1);  // [out,out]
  return at::matmul(outputs, inputs).permute({1, 2, 0});
}

}  // namespace

std::vector<at::Tensor> MostChanged(const std::vector<Layer>& layers, double share) {
  std::vector<at::Tensor> changes, result;
  for (const auto& layer : layers) changes.push_back(layer.change);
  const auto all = at::cat(changes);
  const int64_t count = CountOf(share, all.numel());
  const auto order = std::get<1>(all.sort(/*stable=*/true, /*dim=*/0, /*descending=*/true));
  const auto chosen =
      at::zeros({all.numel()}, at::kBool).index_fill_(0, order.slice(0, 0, count), true);
  int64_t first = 0;
  for (const auto& change : changes) {
    result.push_back(chosen.slice(0, first, first + change.numel()).nonzero().flatten());
    first += change.numel();
  }
  return result;
}

std::vector<at::Tensor> Fused(const std::vector<Layer>& layers,
                              const std::vector<at::Tensor>& pruned, double pruned_weight) {
  std::vector<at::Tensor> result;
  Alignment before;
  for (size_t i = 0; i < layers.size(); ++i) {
    const auto& weight = layers[i].weight;
    if (!before.plan.defined() && pruned[i].numel() == 0) {
      result.push_back(weight);
      continue;
    }
    const auto own = InDouble(weight).flatten(2);  // [out,in,k]
    if (!before.plan.defined()) {
      const auto inputs = static_cast<double>(own.size(1));
      before = {at::eye(own.size(1), own.options()) / inputs,
                at::full({own.size(1)}, 1 / inputs, own.options())};
    }
    const auto cut = own.index_fill(0, pruned[i], 0);
    const auto aligned = Aligned(cut, own, layers[i].change, before);
    const auto fused = pruned_weight * aligned + (1 - pruned_weight) * own;
    result.push_back(fused.reshape(weight.sizes()).to(weight.options()));
  }
  return result;
}

void Otbr::UnlearnNoise(Classifier& model, const DefenseContext& context) const {
  const auto& spec = model.spec();
  Optimizer optimizer(model.Parameters(),
                      {.kind = "sgd", .lr = options_.lr, .momentum = options_.momentum});
  for (int64_t step = 0; step < options_.steps; ++step) {
    const auto images =
        Uniform(context.rng.Fork("images", step),
                {options_.batch_size, spec.channels, spec.height, spec.width}, context.device);
    const auto labels = Integers(context.rng.Fork("labels", step), spec.classes,
                                 {options_.batch_size}, context.device);
    const auto logits = model.Logits(images, Mode::kTrain, Grad::kAll);
    optimizer.Descend(-CrossEntropyPerSample(logits, labels).mean());
    context.progress.Tick(step + 1, options_.steps);
  }
}

void Otbr::Mend(Classifier& model, const DefenseContext& context) const {
  const auto copy = model.Clone();
  UnlearnNoise(*copy, context);
  const at::NoGradGuard no_grad;
  const auto own = Chain(model), changed = Chain(*copy);
  std::vector<Layer> layers;
  for (size_t i = 0; i < own.size(); ++i) {
    const auto change = InDouble(changed[i] - own[i]).flatten(1).abs().sum(1);
    layers.push_back({own[i].clone(), change});
  }
  const auto pruned = MostChanged(layers, options_.share);
  const auto fused = Fused(layers, pruned, options_.pruned_weight);
  int64_t count = 0, all = 0;
  for (size_t i = 0; i < own.size(); ++i) {
    own[i].copy_(fused[i]);
    count += pruned[i].numel(), all += own[i].size(0);
  }
  context.progress.Scalar("otbr/pruned", static_cast<double>(count), 0);
  context.progress.Scalar("otbr/neurons", static_cast<double>(all), 0);
}

void Otbr::SanitizeTeacher(Classifier& teacher, DefenseContext& context) {
  if (options_.where == "teacher") Mend(teacher, context);
}

void Otbr::RepairStudent(Classifier& student, DefenseContext& context) {
  if (options_.where == "student") Mend(student, context);
}

}  // namespace dfkd::otbr
