// Pictures of any kind we read, told by their first bytes, never by their name.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "bench/core/image.h"

namespace dfkd {

// PNG, JPEG, PGM or PPM. Throws Error naming `origin` if it is none of them, damaged or too large.
Image ParseImage(std::string_view bytes, const std::string& origin);
// The same of a file of at most 256 MiB.
Image ReadImage(const std::filesystem::path& file);
// Its bytes alone, under the same limit.
std::string ReadImageBytes(const std::filesystem::path& file);

// Whether a file is a picture by its content, be it of a kind that is not read (BMP, GIF, TIFF,
// WebP). What is no plain file, or cannot be opened, is none.
bool IsPicture(const std::filesystem::path& file);

}  // namespace dfkd
