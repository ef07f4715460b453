#include "bench/recipes/projected_gradient.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <cmath>

#include "bench/images/pixel.h"
#include "bench/nn/losses.h"

namespace dfkd {

PixelBall::PixelBall(const at::Tensor& images, double bound) {
  const auto pixels = images.to(at::kFloat);
  low = (pixels - std::floor(bound)).clamp_min(0);
  high = (pixels + std::floor(bound)).clamp_max(255);
}

at::Tensor PixelBall::Project(const at::Tensor& images) const {
  return at::min(at::max(images, low), high);
}

at::Tensor ProjectedGradient(const Classifier& model, const ImageSpec& spec, const PixelBall& ball,
                             const at::Tensor& start, const at::Tensor& labels,
                             const GradientSteps& steps,
                             const std::function<void(int64_t done)>& tick) {
  auto images = start;  // [N,C,H,W]
  for (int64_t step = 0; step < steps.count; ++step) {
    images = images.detach().requires_grad_(true);
    const auto logits = model.Logits(Normalize(images, spec), Grad::kInputs);  // [N,K]
    const auto loss = CrossEntropyPerSample(logits, labels).sum();
    const auto ascent = Gradients(loss, {images})[0].sign();
    images = ball.Project(images.detach() + steps.size * ascent);
    tick(step + 1);
  }
  return (images.detach() + 0.5).floor().to(at::kByte);
}

}  // namespace dfkd
