// Images for the site: tensors to PNG.
#pragma once
#include <ATen/core/Tensor.h>

#include <filesystem>

#include "bench/core/image.h"

namespace dfkd {

// How many images a sheet shows of what was learned from.
constexpr int64_t kShownImages = 36;

// The first `count` images as a nearly square sheet, one pixel apart. `images`: uint8 [N,C,H,W], or
// normalised float32; nothing is written if there are none.
void WritePicture(const std::filesystem::path& file, const at::Tensor& images,
                  const ImageSpec& spec, int64_t count);

}  // namespace dfkd
