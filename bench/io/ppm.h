// Binary portable maps: P5 (grey) and P6 (RGB).
#pragma once
#include <string>
#include <string_view>

#include "bench/core/image.h"

namespace dfkd {

// The first picture of the file. A largest value below 255 is scaled to 255; above it (16 bits) is
// an Error.
Image ParsePpm(std::string_view bytes, const std::string& origin);

}  // namespace dfkd
