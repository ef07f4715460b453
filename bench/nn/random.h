// Tensor draws from a named stream. Values are drawn on the CPU and moved, so that they do not
// depend on the device, and the global generator of LibTorch is never touched.
//
// LibTorch's engine starts from the low 32 bits of what the stream gives. So two streams in 2^32
// draw the same: of 80,000 rounds, less than one pair is to be expected.
#pragma once
#include <ATen/core/Tensor.h>

#include "bench/core/rng.h"

namespace dfkd {

// N(0,1) in float32 or float64, which are different draws. Those in float32 are made of vectorised
// logarithms and differ in the last bits between instruction sets.
at::Tensor Normal(Rng rng, at::IntArrayRef shape, at::Device device = at::kCPU,
                  at::ScalarType precision = at::kFloat);
// Float32, [0,1).
at::Tensor Uniform(Rng rng, at::IntArrayRef shape, at::Device device = at::kCPU);
// int64 of `shape`.
at::Tensor Integers(Rng rng, int64_t below, at::IntArrayRef shape, at::Device device = at::kCPU);
// int64 [n].
at::Tensor Permutation(Rng rng, int64_t n, at::Device device = at::kCPU);

}  // namespace dfkd
