// What a user names by a path. Keys name it by its content, so that equal content in another place
// is the same stage, and other content in the same place another one; whoever runs the stage finds
// it here, in the store:
//
//   <root>/files/<sha[0:2]>/<sha>.input   a file (the picture of a trigger), copied
//   <root>/places/<fingerprint>.json      the folder of the images of a data set: {"path"}, where
//                                         it was seen last
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "bench/core/json.h"

namespace dfkd {

// What stands in a key instead of the path of a file, or of a folder of images.
std::string NameOfFile(const std::string& sha256);
std::string NameOfImages(const std::string& fingerprint);

// Unless it is there. Throws Error (io).
void KeepInput(const std::filesystem::path& root, const std::string& sha256,
               std::string_view bytes);
// Replaces where they were before. `folder` is absolute. Throws Error (io).
void KeepPlace(const std::filesystem::path& root, const std::string& fingerprint,
               const std::filesystem::path& folder);

// The options of a description with paths in place of such names. Throws Error (io) if the store
// does not know one.
Json WithPaths(Json options, const std::filesystem::path& root);

}  // namespace dfkd
