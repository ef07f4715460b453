// Files of the source tree, as seeds.
#pragma once
#include <filesystem>
#include <string>

#include "bench/io/file.h"

namespace dfkd::fuzz {

inline std::string SourceFile(const std::string& name) {
  return ReadBytes(std::filesystem::path(DFKD_SOURCE_DIR) / name);
}

}  // namespace dfkd::fuzz
