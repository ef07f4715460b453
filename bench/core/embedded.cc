#include "bench/core/embedded.h"

#include <filesystem>

#include "bench/core/error.h"

namespace dfkd {

std::string_view EmbeddedFiles::At(std::string_view name) const {
  for (const auto& file : files_) {
    if (file.name == name) return file.text;
  }
  throw MakeError("no file '{}' is embedded in this program", name);
}

std::vector<std::string> EmbeddedFiles::Stems() const {
  std::vector<std::string> stems;
  for (const auto& file : files_) {
    stems.push_back(std::filesystem::path(file.name).stem().string());
  }
  return stems;
}

}  // namespace dfkd
