// Images that a user brings: made by a diffusion model, dumped by another program's distillation.
#pragma once
#include <ATen/core/Tensor.h>

#include <filesystem>
#include <string>

#include "bench/core/image.h"

namespace dfkd {

// uint8 [N,C,H,W] of the size in `spec`, from
//
//   a safetensors file with a tensor "images" of that size, U8, or F32 of values in [0,1], which
//   are rounded to 8 bits. Other tensors in it (labels) are passed over;
//   a folder of pictures, or folders of them, or what PackPictures made of it: each is brought to
//   the channels and the size of `spec`.
//
// Throws Error naming what was found and what was expected; also if the checksum of the file, or of
// the packed folder, is not `sha256`, unless that is "".
at::Tensor ImportedImages(const std::filesystem::path& path, const std::string& sha256,
                          const ImageSpec& spec);

}  // namespace dfkd
