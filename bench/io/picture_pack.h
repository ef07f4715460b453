// A folder of pictures as one file, which a checksum names, a store keeps and other machines can be
// given: safetensors, a U8 tensor for each picture, its file's bytes as they are, named by its path
// in the folder.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/core/image.h"
#include "bench/io/picture_folder.h"
#include "bench/io/safetensors.h"

namespace dfkd {

// The pictures in `folder`, or in the folders in it; equal names and bytes give equal bytes. Throws
// Error as PicturesIn does, and where they are more than 4 GiB.
std::string PackPictures(const std::filesystem::path& folder, const std::string& where);

// Whether PackPictures made this file.
bool HoldsPictures(const Safetensors& file);

// Its pictures in the order of their names, each brought to `form` as it is read. Throws Error
// naming the picture that cannot be read.
std::vector<Image> UnpackPictures(const Safetensors& file, const PictureForm& form);

}  // namespace dfkd
