// How many a share is. No LibTorch: cards count rounds with it.
#pragma once
#include <cmath>
#include <cstdint>

namespace dfkd {

// The share as it is written, in millionths: in binary 0.29 * 50000 is 14499.999…, one too
// few, and 0.07 * 100 is 7.000…1, rounded up one too many.
inline int64_t MillionthsOf(double share) { return std::llround(share * 1e6); }

// Of `total` the share, rounded down.
inline int64_t CountOf(double share, int64_t total) {
  return total * MillionthsOf(share) / 1000000;
}

// The same rounded up.
inline int64_t CountOfAtLeast(double share, int64_t total) {
  return (total * MillionthsOf(share) + 999999) / 1000000;
}

}  // namespace dfkd
