// Fractal textures: noise whose spectrum falls like a power of the frequency.
#pragma once
#include <ATen/core/Tensor.h>

#include "bench/core/rng.h"

namespace dfkd {

// float32 [n,height,width] in [0, 1]; each with its own exponent, contrast and brightness.
at::Tensor FractalTextures(const Rng& rng, int64_t n, int64_t height, int64_t width);

}  // namespace dfkd
