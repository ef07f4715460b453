#include "bench/recipes/norm_masks.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include "bench/core/error.h"
#include "bench/nn/losses.h"
#include "bench/nn/random.h"

namespace dfkd {

NormMasks::NormMasks(Classifier& model) : norms_(model.Norms()) {
  for (const auto& norm : norms_) {
    scales_.push_back(norm.weight.detach().clone());
    shifts_.push_back(norm.bias.detach().clone());
    masks_.push_back({norm.name, at::ones_like(scales_.back()).requires_grad_(true)});
  }
}

NormNoise NormMasks::Draw(double reach, const Rng& rng) const {
  NormNoise noise;
  for (const auto& scale : scales_) {
    const auto index = static_cast<int64_t>(noise.scale.size());
    const auto draw = [&](const char* what) {
      const auto unit = Uniform(rng.Fork(what, index), scale.sizes(), scale.device());
      return ((2 * unit - 1) * reach).to(scale.scalar_type());
    };
    noise.scale.push_back(draw("scale"));
    noise.shift.push_back(draw("shift"));
  }
  return noise;
}

void NormMasks::Write(const NormNoise& noise) {
  const at::NoGradGuard no_grad;
  for (size_t i = 0; i < norms_.size(); ++i) {
    norms_[i].weight.copy_(scales_[i] * (masks_[i].value + noise.scale[i]));
    norms_[i].bias.copy_(shifts_[i] * (1 + noise.shift[i]));
  }
}

void NormMasks::Write() {
  const at::NoGradGuard no_grad;
  for (size_t i = 0; i < norms_.size(); ++i) {
    norms_[i].weight.copy_(scales_[i] * masks_[i].value);
    norms_[i].bias.copy_(shifts_[i]);
  }
}

std::vector<at::Tensor> NormMasks::Gradients(const at::Tensor& loss) const {
  return NoiseGradients(loss).scale;
}

// By the chain rule: scale (mask + noise) is what the model has.
NormNoise NormMasks::NoiseGradients(const at::Tensor& loss) const {
  std::vector<at::Tensor> written;
  for (const auto& norm : norms_) written.push_back(norm.weight);
  for (const auto& norm : norms_) written.push_back(norm.bias);
  const auto gradients = dfkd::Gradients(loss, written);
  NormNoise result;
  for (size_t i = 0; i < norms_.size(); ++i) {
    result.scale.push_back(gradients[i] * scales_[i]);
    result.shift.push_back(gradients[norms_.size() + i] * shifts_[i]);
  }
  return result;
}

void NormMasks::Clamp() {
  const at::NoGradGuard no_grad;
  for (const auto& mask : masks_) mask.value.clamp_(0, 1);
}

void PruneByMasks(Classifier& model, const std::vector<NamedTensor>& masks, double threshold,
                  Progress& progress, const std::string& name) {
  const at::NoGradGuard no_grad;
  const auto norms = model.Norms();
  DFKD_CHECK(norms.size() == masks.size());
  int64_t pruned = 0, channels = 0;
  for (size_t i = 0; i < norms.size(); ++i) {
    const auto low = masks[i].value.le(threshold);
    norms[i].weight.masked_fill_(low, 0);
    pruned += low.sum().item<int64_t>(), channels += low.numel();
  }
  progress.Scalar(name + "/pruned", static_cast<double>(pruned), 0);
  progress.Scalar(name + "/channels", static_cast<double>(channels), 0);
}

}  // namespace dfkd
