// Random change of brightness, contrast, saturation and hue, in random order.
#pragma once
#include <vector>

#include "bench/core/rng.h"

namespace dfkd {

struct JitterStrength {
  double brightness = 0.4, contrast = 0.4, saturation = 0.4;  // factors in 1 -+ strength
  double hue = 0.1;                                           // turns of the colour circle
};

// `rgb`: interleaved values in [0, 255], changed in place.
void ColourJitter(Rng& rng, const JitterStrength& strength, std::vector<float>& rgb);

}  // namespace dfkd
