// PNG in and out, through libpng.
#pragma once
#include <string>
#include <string_view>

#include "bench/core/image.h"

namespace dfkd {

// Any PNG as 8-bit grey or RGB: palettes and small depths are expanded, 16 bits keep their high
// byte, transparency and colour profiles are ignored. Throws Error if the data is corrupt, cut or
// too large (bytes.h).
Image ParsePng(std::string_view bytes, const std::string& origin);

// 8-bit grey or RGB without time stamps: equal images give equal bytes (for one version of libpng
// and zlib).
std::string EncodePng(const Image& image);

}  // namespace dfkd
