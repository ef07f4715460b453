// What a camera says about a picture beside its pixels: in a JPEG, or in a PNG (chunk eXIf).
#pragma once
#include <string_view>

namespace dfkd {

// The EXIF orientation: 1 (as stored) to 8; 1 where there is none or what there is makes no sense.
// Throws nothing.
int ExifOrientation(std::string_view picture);

}  // namespace dfkd
