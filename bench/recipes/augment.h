// Augmentation of float or byte images [N,C,H,W], on whatever device they are on. Every draw comes
// from the stream given: fork it by name and round.
#pragma once
#include <ATen/core/Tensor.h>

#include "bench/core/rng.h"

namespace dfkd {

// Each image mirrored with probability 1/2.
at::Tensor RandomFlip(const at::Tensor& images, Rng rng);
// The whole batch mirrored with probability 1/2.
at::Tensor FlipBatch(const at::Tensor& images, Rng rng);
// Each image shifted by up to `padding` pixels; what comes in is 0.
at::Tensor RandomCrop(const at::Tensor& images, int64_t padding, Rng rng);
// The whole batch rolled by up to `reach` pixels in both directions, cyclically.
at::Tensor Roll(const at::Tensor& images, int64_t reach, Rng rng);
// CutMix (Yun et al., ICCV 2019): one box a batch, pasted from a permutation of the batch; its area
// is 1 - lambda, lambda ~ Beta(beta, beta), its centre uniform, clipped at the border.
at::Tensor CutMix(const at::Tensor& images, double beta, Rng rng);

}  // namespace dfkd
