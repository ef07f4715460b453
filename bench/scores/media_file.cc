#include "bench/scores/media_file.h"

#include <fmt/format.h>

#include <algorithm>

namespace dfkd {

namespace fs = std::filesystem;

std::string WhyNoMedia(const fs::path& folder, const std::string& name) {
  const fs::path path(name);
  const bool leaves = std::find(path.begin(), path.end(), "..") != path.end();
  if (path.is_absolute() || leaves || name.find('\\') != name.npos) {
    return fmt::format("'{}' must lie below the folder of the score file", name);
  }
  fs::path at = folder;
  std::error_code failed;
  fs::file_status found;
  for (const auto& step : path) {
    at /= step;
    found = fs::symlink_status(at, failed);
    if (fs::is_symlink(found)) return fmt::format("{} must not be a link", at.string());
  }
  if (fs::is_regular_file(found)) return "";
  return fmt::format("there is no file {}", at.string());
}

}  // namespace dfkd
