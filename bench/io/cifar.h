// CIFAR binary files: records of one label byte (CIFAR-100: two, coarse and fine) and 3072 bytes,
// red, green and blue plane of 32x32.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "bench/core/image.h"

namespace dfkd {

inline constexpr int64_t kCifarSide = 32;
inline constexpr size_t kCifarRecord = 1 + 3 * kCifarSide * kCifarSide;

// Appends the records to `out`, interleaved. Throws Error on a partial record or a label outside
// [0, 10).
void AppendCifar10(std::string_view bytes, const std::string& origin, LabelledImages& out);

inline constexpr size_t kCifar100Record = 1 + kCifarRecord;

// The same for CIFAR-100: the label is the fine one, in [0, 100). A coarse one outside [0, 20)
// throws, too.
void AppendCifar100(std::string_view bytes, const std::string& origin, LabelledImages& out);

}  // namespace dfkd
