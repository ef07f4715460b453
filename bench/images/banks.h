// Banks of procedural images, the out-of-distribution transfer sets that need no files.
#pragma once
#include <ATen/core/Tensor.h>

#include <string>

#include "bench/core/image.h"
#include "bench/core/rng.h"

namespace dfkd {

// uint8 [count,C,H,W]. Kinds: solids; solids_mix = 6/8 solids, 1/8 crops of dead leaves, 1/8
// fractal textures, half of all with a rectangle of pixel noise. Throws Error on another kind.
at::Tensor MakeBank(const std::string& kind, int64_t count, const ImageSpec& spec, const Rng& rng);

}  // namespace dfkd
