// The resize that the references of the field use (scikit-image's default): a Gaussian against
// aliasing, then linear sampling at pixel centres. Softer than the area average of bench/core.
#pragma once
#include "bench/core/image.h"

namespace dfkd {

// Standard deviation (source / target - 1) / 2 in source pixels, cut off at four of them, mirrored
// at the edges without repeating the last pixel. No smoothing along a side that grows. Equal to
// scikit-image 0.19.3 in every byte of the reference's picture (540x540 to 32x32).
Image GaussianResize(const Image& image, int64_t height, int64_t width);

}  // namespace dfkd
