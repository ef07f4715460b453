#include "bench/io/data_folder.h"

#include <cstdlib>

#include "bench/core/error.h"

namespace dfkd {
namespace {

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

std::filesystem::path DataFolder(const std::string& given) {
  if (!given.empty()) return given;
  if (const auto data = Environment("DFKD_DATA"); !data.empty()) return data;
  const std::filesystem::path home = Environment("HOME");
  if (home.empty()) {
    throw MakeError("the data folder is unknown: give --data DIR or set DFKD_DATA or HOME");
  }
  return home / ".local/share/dfkd/data";
}

}  // namespace dfkd
