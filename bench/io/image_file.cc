#include "bench/io/image_file.h"

#include "bench/core/error.h"
#include "bench/io/file.h"
#include "bench/io/jpeg.h"
#include "bench/io/png.h"
#include "bench/io/ppm.h"

namespace dfkd {
namespace {

constexpr uint64_t kLargestImageFile = uint64_t{256} << 20;

}  // namespace

Image ParseImage(std::string_view bytes, const std::string& origin) {
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return ParsePng(bytes, origin);
  if (bytes.starts_with("\xff\xd8\xff")) return ParseJpeg(bytes, origin);
  if (bytes.starts_with("P5") || bytes.starts_with("P6")) return ParsePpm(bytes, origin);
  throw MakeError("{}: is neither PNG nor JPEG nor binary PGM or PPM", origin);
}

Image ReadImage(const std::filesystem::path& file) {
  return ParseImage(ReadImageBytes(file), file.string());
}

std::string ReadImageBytes(const std::filesystem::path& file) {
  return ReadBytes(file, kLargestImageFile);
}

}  // namespace dfkd
