// CutMix (Yun et al. 2019, https://arxiv.org/abs/1905.04899): a box of every image is replaced by
// that of another, and its label in proportion. CutMix of images alone: bench/images/augment.h.
#pragma once
#include <ATen/core/Tensor.h>

#include "bench/core/image.h"
#include "bench/core/rng.h"

namespace dfkd {

class LabelledCutMix {
 public:
  // With `probability` the batch of `count` images is mixed, else left as it is. A box takes the
  // share 1 - b of an image, b uniform, both sides rounded down, anywhere inside.
  LabelledCutMix(const Rng& rng, double probability, int64_t count, const ImageSpec& spec,
                 at::Device device);

  // `images` [N,C,H,W]; differentiable.
  at::Tensor Images(const at::Tensor& images) const;
  // Scalar: mean over images of (1 - s) CE(own label) + s CE(label of the other), s the box's share
  // of the pixels. `labels` int64 [N], before the mixing.
  at::Tensor CrossEntropy(const at::Tensor& logits, const at::Tensor& labels) const;

  // Undefined if nothing is mixed.
  const at::Tensor& partners() const { return partners_; }  // int64 [N], a permutation
  const at::Tensor& boxes() const { return boxes_; }        // float32 [N,1,H,W]: 1 inside

 private:
  at::Tensor partners_, boxes_;
};

}  // namespace dfkd
