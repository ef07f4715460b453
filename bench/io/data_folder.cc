#include "bench/io/data_folder.h"

#include <algorithm>
#include <cstdlib>

#include "bench/core/error.h"
#include "bench/core/printable.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNoDataFolder = "/nonexistent/dfkd-data";

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// "" if unknown.
fs::path ChosenDataFolder(const std::string& given) {
  if (!given.empty()) return given;
  if (const auto data = Environment("DFKD_DATA"); !data.empty()) return data;
  const fs::path home = Environment("HOME");
  return home.empty() ? home : home / ".local/share/dfkd/data";
}

}  // namespace

fs::path DataFolder(const std::string& given) {
  const auto folder = ChosenDataFolder(given);
  if (folder.empty()) return kNoDataFolder;
  RequireUtf8(fs::absolute(folder).native(), "data folder");
  return folder;
}

bool IsNoDataFolder(const fs::path& root) { return root == kNoDataFolder; }

void RequireDataFolder(const fs::path& root) {
  if (!IsNoDataFolder(root)) return;
  throw MakeError("the data folder is unknown: give --data DIR or set DFKD_DATA or HOME");
}

fs::path UserPath(const std::string& path, const fs::path& root, const std::string& where) {
  // The system would read the path up to there, and other files than those named.
  if (path.find('\0') != path.npos)
    throw MakeError("{}: {}: a path must not hold a NUL byte", where, Printable(path));
  if (path == "~" || path.starts_with("~/")) {
    const fs::path home = Environment("HOME");
    if (home.empty()) throw MakeError("{}: {}: HOME is not set", where, path);
    return (home / path.substr(std::min<size_t>(2, path.size()))).lexically_normal();
  }
  if (fs::path(path).is_relative()) RequireDataFolder(root);
  return root / path;
}

}  // namespace dfkd
