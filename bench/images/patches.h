// Patches of one picture, the transfer set of Asano and Saeed (ICLR 2023): crops of very different
// size, sheared, rotated, recoloured and stored as JPEG (abd.md e3, dfkd_methods 3.3).
#pragma once
#include <ATen/core/Tensor.h>

#include "bench/core/image.h"
#include "bench/core/rng.h"

namespace dfkd {

// A crowded picture without a licence: dead leaves with solids among them; 3 channels.
Image ProceduralPicture(const Rng& rng);

// uint8 [count,C,H,W]. The picture's sides must be at least 64 pixels.
at::Tensor CutPatches(const Image& picture, const Rng& rng, int64_t count, const ImageSpec& spec);

}  // namespace dfkd
