#include "bench/scores/folder_name.h"

#include "bench/core/cell.h"
#include "bench/core/hash.h"

namespace dfkd {

std::string FolderName(const std::string& name) {
  constexpr size_t kLongest = 120;
  constexpr char kSafe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  const bool safe = !name.empty() && name.size() <= kLongest && name.front() != '.' &&
                    name.find_first_not_of(kSafe) == name.npos;
  if (safe) return name;
  return "_" + SafeName(name).substr(0, kLongest) + "_" + Sha256Hex(name).substr(0, 8);
}

}  // namespace dfkd
