#include "bench/recipes/universal_perturbation.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

namespace dfkd {
namespace {

constexpr double kHalfRange = 127.5;  // grey levels of one unit of images in [-1, 1]

}  // namespace

UniversalPerturbation::UniversalPerturbation(const ImageSpec& spec, at::Device device,
                                             int64_t bound, const OptimizerSpec& optimizer)
    : bound_(static_cast<double>(bound) / kHalfRange),
      v_(at::zeros({1, spec.channels, spec.height, spec.width},
                   at::TensorOptions(at::kFloat).device(device))),
      optimizer_({{"v", v_}}, optimizer) {
  v_.requires_grad_(true);
}

at::Tensor UniversalPerturbation::Applied(const at::Tensor& images) const {
  return (images.to(at::kFloat) + v_ * kHalfRange).clamp(0, 255);
}

void UniversalPerturbation::Descend(const at::Tensor& loss, double factor) {
  optimizer_.Descend(loss, factor);
  const at::NoGradGuard no_grad;
  v_.clamp_(-bound_, bound_);
}

at::Tensor UniversalPerturbation::GreyLevels() const {
  return (v_.detach().squeeze(0) * kHalfRange).round().to(at::kCPU, at::kInt);
}

}  // namespace dfkd
