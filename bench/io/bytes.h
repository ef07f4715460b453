// What every parser needs: a cursor that cannot run past the end, and sizes checked before anything
// is allocated. `origin` (a path, mostly) opens the message of every Error.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "bench/core/image.h"

namespace dfkd {

// The largest picture that is decoded: a few bytes of a hostile header must not cost gigabytes.
inline constexpr int64_t kLargestSide = 16384;
inline constexpr int64_t kMostPixels = int64_t{1} << 25;

// Takes from the front. Views stay valid as long as `bytes`.
class ByteReader {
 public:
  ByteReader(std::string_view bytes, std::string origin)
      : rest_(bytes), size_(bytes.size()), origin_(std::move(origin)) {}

  // Throws Error "<origin>: ends at byte N, inside <what>" if fewer than `count` bytes are left.
  std::string_view Take(uint64_t count, const char* what);
  uint8_t Byte(const char* what) { return static_cast<uint8_t>(Take(1, what)[0]); }
  uint32_t BigEndian32(const char* what);
  uint64_t LittleEndian64(const char* what);
  std::string_view rest() const { return rest_; }
  // Throws Error if bytes are left over.
  void RequireEnd() const;

 private:
  std::string_view rest_;
  uint64_t size_;
  std::string origin_;
};

// Throws Error when a factor is negative or the product exceeds `limit`.
uint64_t CheckedProduct(std::span<const int64_t> factors, uint64_t limit,
                        const std::string& origin);

// Throws Error unless the sides lie in [1, kLargestSide] and their product in kMostPixels.
void RequireSides(int64_t height, int64_t width, const std::string& origin);

// A black image. Throws Error as RequireSides does, and unless channels is 1 or 3.
Image NewImage(int64_t height, int64_t width, int64_t channels, const std::string& origin);

}  // namespace dfkd
