#include "bench/io/ppm.h"

#include <algorithm>

#include "bench/core/error.h"
#include "bench/io/bytes.h"

namespace dfkd {
namespace {

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// The next number of the header and the one character that ends it. Comments run from # to the end
// of the line.
int64_t Number(ByteReader& reader, const char* what, const std::string& origin) {
  char c = reader.Byte(what);
  while (IsSpace(c) || c == '#') {
    if (c == '#') {
      while (c != '\n') c = reader.Byte(what);
    }
    c = reader.Byte(what);
  }
  int64_t value = 0;
  for (int digits = 0; !IsSpace(c); ++digits, c = reader.Byte(what)) {
    if (c < '0' || c > '9' || digits == 9) throw MakeError("{}: malformed {}", origin, what);
    value = 10 * value + (c - '0');
  }
  return value;
}

void Rescale(std::vector<uint8_t>& pixels, int64_t largest, const std::string& origin) {
  for (uint8_t& pixel : pixels) {
    if (pixel > largest) {
      throw MakeError("{}: pixel {} exceeds the largest value {}", origin, pixel, largest);
    }
    pixel = static_cast<uint8_t>((pixel * 255 + largest / 2) / largest);
  }
}

}  // namespace

Image ParsePpm(std::string_view bytes, const std::string& origin) {
  ByteReader reader(bytes, origin);
  const auto magic = reader.Take(2, "the magic number");
  if (magic != "P5" && magic != "P6") {
    throw MakeError("{}: is not a binary PGM or PPM (P5, P6)", origin);
  }
  const int64_t width = Number(reader, "the width", origin);
  const int64_t height = Number(reader, "the height", origin);
  const int64_t largest = Number(reader, "the largest value", origin);
  if (largest < 1 || largest > 255) {
    throw MakeError("{}: largest value {} must lie in [1, 255]", origin, largest);
  }
  Image image = NewImage(height, width, magic == "P6" ? 3 : 1, origin);
  const auto pixels = reader.Take(image.pixels.size(), "the pixels");
  std::copy(pixels.begin(), pixels.end(), image.pixels.begin());
  if (largest < 255) Rescale(image.pixels, largest, origin);
  return image;
}

}  // namespace dfkd
