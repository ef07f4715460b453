// Adversarial images: projected gradient steps (PGD) of a network's cross entropy within an l_inf
// ball around the given ones. Madry et al. 2018, https://arxiv.org/abs/1706.06083.
#pragma once
#include <ATen/core/Tensor.h>

#include <functional>

#include "bench/core/image.h"
#include "bench/nn/classifier.h"

namespace dfkd {

// Around stored images, in grey levels; never outside [0, 255].
struct PixelBall {
  // `images` [N,C,H,W] of any dtype. Of `bound` only whole grey levels count: what is stored keeps
  // it.
  PixelBall(const at::Tensor& images, double bound);
  at::Tensor Project(const at::Tensor& images) const;

  at::Tensor low, high;  // float32 [N,C,H,W]
};

struct GradientSteps {
  int64_t count = 0;
  // Of a step, in grey levels. Above 0 the cross entropy ascends, away from the labels; below 0 it
  // descends, towards them.
  double size = 0;
};

// uint8 [N,C,H,W], from `start`, float32 within the ball, on its device. `labels` int64 [N]. `tick`
// is told how many steps are done.
at::Tensor ProjectedGradient(const Classifier& model, const ImageSpec& spec, const PixelBall& ball,
                             const at::Tensor& start, const at::Tensor& labels,
                             const GradientSteps& steps,
                             const std::function<void(int64_t done)>& tick);

}  // namespace dfkd
