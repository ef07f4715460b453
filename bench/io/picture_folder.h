// Labelled pictures on disk: a folder per class, PNG, JPEG or PPM inside. Everything is sorted, so
// that the order does not depend on the file system. `where` begins every message.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "bench/core/image.h"

namespace dfkd {

// The names of the folders in `folder`, without hidden ones, in the order of their labels: by value
// if all are numbers ("2" before "10"), else by bytes.
std::vector<std::string> ClassFolders(const std::filesystem::path& folder,
                                      const std::string& where);

// At least one. Other files are passed over; a folder inside is more likely a mistake than meant.
std::vector<std::filesystem::path> PicturesIn(const std::filesystem::path& folder,
                                              const std::string& where);

// `channels`: 1 grey, 3 colour.
Image WithChannels(const Image& image, int64_t channels);

}  // namespace dfkd
