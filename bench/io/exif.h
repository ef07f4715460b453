// What a camera says about a JPEG beside its pixels.
#pragma once
#include <string_view>

namespace dfkd {

// The EXIF orientation: 1 (as stored) to 8; 1 where there is none or what there is makes no sense.
// Throws nothing.
int ExifOrientation(std::string_view jpeg);

}  // namespace dfkd
