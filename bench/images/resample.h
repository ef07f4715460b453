// Resampling as PIL does it, with which the references cut their patches.
#pragma once
#include <vector>

#include "bench/core/image.h"

namespace dfkd {

struct Box {
  int64_t left, top, width, height;
};

// The box of an RGB picture brought to size x size, bicubic; interleaved, whole numbers in [0,
// 255]. Nothing outside of the box is looked at. Where it shrinks, the kernel widens, so that
// nothing aliases.
std::vector<float> ResizeBicubic(const Image& picture, const Box& box, int64_t size);

struct Turn {
  // In degrees; the shear is horizontal and comes first.
  double angle, shear;
};

// The size x size pixels of `frame` turned about their centre, bilinear, black where there are
// none; of the result the height x width pixels in the middle. Interleaved, whole numbers.
std::vector<float> CutTurned(const std::vector<float>& frame, int64_t size, const Turn& turn,
                             int64_t height, int64_t width);

}  // namespace dfkd
