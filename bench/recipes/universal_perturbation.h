// One perturbation for all images, learned by gradients within an l_inf bound. In units of images
// in [-1, 1], in which the papers give rates; what is stored is in grey levels.
#pragma once
#include <ATen/core/Tensor.h>

#include "bench/core/image.h"
#include "bench/nn/optim.h"

namespace dfkd {

class UniversalPerturbation {
 public:
  // Zero; never beyond `bound` grey levels.
  UniversalPerturbation(const ImageSpec& spec, at::Device device, int64_t bound,
                        const OptimizerSpec& optimizer);

  // uint8 [N,C,H,W] on its device -> float32 in [0, 255], differentiable.
  at::Tensor Applied(const at::Tensor& images) const;
  void Descend(const at::Tensor& loss, double factor = 1);
  // int32 [C,H,W] on the CPU, rounded.
  at::Tensor GreyLevels() const;

 private:
  const double bound_;
  const at::Tensor v_;  // [1,C,H,W]
  Optimizer optimizer_;
};

}  // namespace dfkd
