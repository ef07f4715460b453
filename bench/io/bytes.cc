#include "bench/io/bytes.h"

#include <algorithm>

#include "bench/core/error.h"

namespace dfkd {

std::string_view ByteReader::Take(uint64_t count, const char* what) {
  if (count > rest_.size()) throw MakeError("{}: ends at byte {}, inside {}", origin_, size_, what);
  const auto taken = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return taken;
}

uint32_t ByteReader::BigEndian32(const char* what) {
  uint32_t value = 0;
  for (const char byte : Take(4, what)) value = value << 8 | static_cast<uint8_t>(byte);
  return value;
}

uint64_t ByteReader::LittleEndian64(const char* what) {
  uint64_t value = 0;
  int shift = 0;
  for (const char byte : Take(8, what)) {
    value |= static_cast<uint64_t>(static_cast<uint8_t>(byte)) << shift;
    shift += 8;
  }
  return value;
}

void ByteReader::RequireEnd() const {
  if (rest_.empty()) return;
  throw MakeError("{}: {} bytes too many after byte {}", origin_, rest_.size(),
                  size_ - rest_.size());
}

uint64_t CheckedProduct(std::span<const int64_t> factors, uint64_t limit,
                        const std::string& origin) {
  uint64_t product = 1;
  for (const int64_t factor : factors) {
    if (factor < 0) throw MakeError("{}: dimension {} is negative", origin, factor);
  }
  if (std::find(factors.begin(), factors.end(), 0) != factors.end()) return 0;
  for (const int64_t factor : factors) {
    if (product > limit / static_cast<uint64_t>(factor)) {
      throw MakeError("{}: its dimensions multiply to more than {}", origin, limit);
    }
    product *= static_cast<uint64_t>(factor);
  }
  return product;
}

void RequireSides(int64_t height, int64_t width, const std::string& origin) {
  const auto inside = [](int64_t side) { return side >= 1 && side <= kLargestSide; };
  if (!inside(height) || !inside(width) || height * width > kMostPixels) {
    throw MakeError("{}: {}x{} pixels; sides must lie in [1, {}], the product must not exceed {}",
                    origin, height, width, kLargestSide, kMostPixels);
  }
}

Image NewImage(int64_t height, int64_t width, int64_t channels, const std::string& origin) {
  RequireSides(height, width, origin);
  if (channels != 1 && channels != 3) {
    throw MakeError("{}: {} channels must be 1 (grey) or 3 (RGB)", origin, channels);
  }
  return {height, width, channels, std::vector<uint8_t>(height * width * channels)};
}

}  // namespace dfkd
