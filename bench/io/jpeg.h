// JPEG in and out, through libjpeg-turbo.
#pragma once
#include <string>
#include <string_view>

#include "bench/core/image.h"

namespace dfkd {

// Baseline or progressive, grey or YCbCr/RGB as 8-bit grey or RGB (accurate integer DCT). CMYK is
// refused; so is data that libjpeg could only patch up (cut files, bad Huffman codes), because a
// benchmark must not train on grey bands.
Image ParseJpeg(std::string_view bytes, const std::string& origin);

// Baseline, colour at half the resolution (4:2:0), accurate integer DCT. quality: 1 … 100.
std::string EncodeJpeg(const Image& image, int quality);

}  // namespace dfkd
