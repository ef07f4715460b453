// The idx format of MNIST and Fashion-MNIST: big-endian dimensions, then bytes. Plain or gzip, told
// by the content.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "bench/core/image.h"

namespace dfkd {

struct IdxArray {
  std::vector<int64_t> shape;  // 1 to 4 dimensions
  // Unsigned bytes, row-major; their number is the product of shape.
  std::string values;
};

// Elements must be unsigned bytes and fill the file exactly. At most 1 GiB after inflation.
IdxArray ParseIdx(std::string_view bytes, const std::string& origin);
IdxArray ReadIdx(const std::filesystem::path& file);

// Images [N, height, width] with labels [N] in [0, classes). Throws Error if the two files do not
// fit each other.
LabelledImages ReadIdxImages(const std::filesystem::path& images,
                             const std::filesystem::path& labels, int64_t classes);

}  // namespace dfkd
