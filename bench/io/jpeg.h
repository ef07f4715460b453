// JPEG in and out, through libjpeg-turbo.
#pragma once
#include <string>
#include <string_view>

#include "bench/core/image.h"

namespace dfkd {

// Baseline or progressive, grey or YCbCr/RGB as 8-bit grey or RGB (accurate integer DCT). CMYK and
// YCCK, taken as Adobe stores them (inverted), are multiplied out to RGB, without a colour profile,
// as Pillow does. Pixels come as they are stored, whatever an EXIF orientation says. Data that
// libjpeg could only patch up (cut files, bad Huffman codes) is refused, because a benchmark must
// not train on grey bands.
Image ParseJpeg(std::string_view bytes, const std::string& origin);

// Baseline, colour at half the resolution (4:2:0), accurate integer DCT. quality: 1 … 100.
std::string EncodeJpeg(const Image& image, int quality);

}  // namespace dfkd
