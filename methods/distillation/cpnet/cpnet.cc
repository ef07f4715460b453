#include "methods/distillation/cpnet/cpnet.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "bench/nn/norm_statistics.h"
#include "bench/nn/synthesis_losses.h"
#include "bench/recipes/linear_head.h"

namespace dfkd::cpnet {
namespace {

constexpr double kSmoothing = 0.1;      // of the labels that the features are aligned with
constexpr double kSmallestValue = 0.1;  // of the singular values of the linear layer
constexpr double kSmallestNorm = 1e-8;  // of a cosine, as in PyTorch

// What the batch normalisations of `net` read of two black images.
std::vector<NormInput> InputsOf(const Classifier& net, at::Device device) {
  const auto& spec = net.spec();
  const NormWatch watch(net);
  net.Logits(at::zeros({2, spec.channels, spec.height, spec.width}, device));
  return watch.seen;
}

MapSize SizeOf(const at::Tensor& map) { return {map.size(1), map.size(2), map.size(3)}; }

}  // namespace

std::vector<size_t> ChooseNodes(const std::vector<int64_t>& pixels, int64_t count) {
  std::map<int64_t, size_t> first, last;  // by size, the smallest first
  for (size_t i = 0; i < pixels.size(); ++i) {
    first.emplace(pixels[i], i);
    last[pixels[i]] = i;
  }
  const auto wanted = static_cast<size_t>(count);
  std::vector<size_t> nodes;
  for (const auto& [size, index] : last) nodes.push_back(index);
  while (nodes.size() > wanted) nodes.erase(nodes.begin() + 1);
  for (auto size = first.rbegin(); size != first.rend() && nodes.size() < wanted; ++size) {
    if (std::find(nodes.begin(), nodes.end(), size->second) == nodes.end())
      nodes.push_back(size->second);
  }
  std::sort(nodes.begin(), nodes.end());
  return nodes;
}

Inverse InverseOf(const at::Tensor& weight, const at::Tensor& bias) {
  const auto w = weight.detach().to(at::kDouble);
  // W^T = U diag(s) V: logits are f W^T, so that its inverse is V^T diag(1/s) U^T, [classes,F].
  const auto [u, s, v] = at::linalg_svd(w.t(), /*full_matrices=*/false);
  const auto inverse = at::matmul(v.t() / s.clamp_min(kSmallestValue), u.t());
  const double others = static_cast<double>(w.size(0) - 1);
  return {inverse.to(weight.options().requires_grad(false)), bias.detach(),
          std::log((1 - kSmoothing) * others / kSmoothing)};
}

at::Tensor Alignment(const Inverse& inverse, const at::Tensor& features, const at::Tensor& labels) {
  const auto wanted = inverse.delta * inverse.weight.index_select(0, labels) -
                      at::matmul(inverse.bias, inverse.weight);  // [N,F]
  const auto across = inverse.weight.sum(0, /*keepdim=*/true);   // [1,F]
  const auto cosine =
      at::cosine_similarity(features - wanted, across, /*dim=*/1, kSmallestNorm);  // [N]
  return cosine.abs().mean();
}

GeneratorSpec CpNet::SpecOf(DistillContext& ctx) {
  const auto inputs = InputsOf(ctx.teacher(), ctx.device());
  std::vector<int64_t> pixels;
  for (const auto& norm : inputs) pixels.push_back(norm.input.size(2) * norm.input.size(3));
  nodes_ = ChooseNodes(pixels, options_.nodes);
  const auto head = LinearHead(ctx.teacher());
  inverse_ = InverseOf(head.weight, head.bias);
  GeneratorSpec spec;
  spec.kind = GeneratorKind::kCoupled;
  spec.latent = options_.latent;
  for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node)
    spec.maps.push_back(SizeOf(inputs[*node].input));
  return spec;
}

at::Tensor CpNet::Images(Generator& generator, const at::Tensor& latent) {
  maps_.clear();
  return generator.Images(latent, Grad::kAll, Mode::kTrain, &maps_);
}

at::Tensor CpNet::OwnTerms(DistillContext&, const Step& step) {
  auto terms = at::zeros({}, step.batch.teacher_logits.options());
  for (size_t i = 0; i < nodes_.size(); ++i) {
    const auto read = norms().Restored(step.norms, nodes_[nodes_.size() - 1 - i]);
    terms = terms + options_.node_weight * (AtLeastFloat(maps_[i]) - read).pow(2).mean();
  }
  maps_.clear();  // and with them the graph of this step
  if (!step.adversarial) return terms;
  const auto features = AtLeastFloat(step.batch.teacher_taps.at("features"));
  const double weight = options_.adversarial_weight * options_.align_weight;
  return terms + weight * Alignment(inverse_, features, step.labels);
}

at::Tensor CpNet::Agreement(const at::Tensor& teacher_logits, const at::Tensor& student_logits) {
  return DecisionAdversarialLoss(student_logits, teacher_logits);
}

}  // namespace dfkd::cpnet
