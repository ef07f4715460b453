// Procedural pictures of textured super-ellipses on black: simple objects, in the way of product
// photographs. A teacher of garments or digits spreads over its classes on them, which it does not
// on dense natural images.
#pragma once
#include <ATen/core/Tensor.h>

#include "bench/core/image.h"
#include "bench/core/rng.h"

namespace dfkd {

// uint8 [count,C,H,W].
at::Tensor DrawSolids(const Rng& rng, int64_t count, const ImageSpec& spec);

}  // namespace dfkd
