#include "bench/recipes/cut_mix.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <cmath>
#include <utility>

#include "bench/nn/device.h"
#include "bench/nn/losses.h"
#include "bench/nn/random.h"

namespace dfkd {
namespace {

// float32 [N,1,H,W].
at::Tensor DrawBoxes(Rng rng, int64_t count, const ImageSpec& spec) {
  const auto boxes = at::zeros({count, 1, spec.height, spec.width});
  for (int64_t i = 0; i < count; ++i) {
    const double side = std::sqrt(1 - rng.Uniform());
    const auto drawn = [&](int64_t size) {
      const auto length = static_cast<int64_t>(side * static_cast<double>(size));
      return std::pair(rng.Below(size - length + 1), length);
    };
    const auto [top, height] = drawn(spec.height);
    const auto [left, width] = drawn(spec.width);
    boxes[i].narrow(1, top, height).narrow(2, left, width).fill_(1);
  }
  return boxes;
}

}  // namespace

LabelledCutMix::LabelledCutMix(const Rng& rng, double probability, int64_t count,
                               const ImageSpec& spec, at::Device device) {
  if (rng.Fork("whether").Uniform() >= probability) return;
  partners_ = Permutation(rng.Fork("partners"), count, device);
  boxes_ = Upload(DrawBoxes(rng.Fork("boxes"), count, spec), device);
}

at::Tensor LabelledCutMix::Images(const at::Tensor& images) const {
  if (!partners_.defined()) return images;
  const auto inside = boxes_.to(images.scalar_type());
  return images * (1 - inside) + images.index_select(0, partners_) * inside;
}

at::Tensor LabelledCutMix::CrossEntropy(const at::Tensor& logits, const at::Tensor& labels) const {
  const auto own = CrossEntropyPerSample(logits, labels);
  if (!partners_.defined()) return own.mean();
  const auto other = CrossEntropyPerSample(logits, labels.index_select(0, partners_));
  const auto share = boxes_.to(own.scalar_type()).mean({1, 2, 3});  // [N]
  return ((1 - share) * own + share * other).mean();
}

}  // namespace dfkd
