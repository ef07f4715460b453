// Augmentation of a batch [N,C,H,W] of any dtype, on its device. Everything is drawn from the given
// stream, on the CPU. Nothing here changes its arguments.
#pragma once
#include <ATen/core/Tensor.h>

#include "bench/core/rng.h"

namespace dfkd {

// CutMix (Yun et al. 2019) without labels: lambda ~ Beta(beta, beta), one box with side ratio
// sqrt(1 - lambda) for the whole batch, its pixels from a permutation of the batch.
at::Tensor CutMix(const at::Tensor& images, Rng rng, double beta);
// All images mirrored left to right, or none.
at::Tensor FlipBatch(const at::Tensor& images, Rng rng);
// Each image mirrored with probability 1/2.
at::Tensor FlipEach(const at::Tensor& images, Rng rng);
// Each image padded and cut back to its size at a random place. `fill` is the value outside, of
// shape [C] (normalised images: black is not 0).
at::Tensor RandomCrop(const at::Tensor& images, Rng rng, int64_t padding, const at::Tensor& fill);
// All images rolled by the same offset in [-reach, reach] along both axes.
at::Tensor RollBatch(const at::Tensor& images, Rng rng, int64_t reach);

}  // namespace dfkd
