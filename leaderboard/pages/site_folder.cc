#include "leaderboard/pages/site_folder.h"

#include <algorithm>
#include <sstream>

#include "bench/io/file.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

constexpr char kList[] = "site-files.txt";

// The list lies in a folder that others write to: a line may say anything.
bool StaysInside(const fs::path& name) {
  return !name.empty() && name.is_relative() &&
         std::find(name.begin(), name.end(), "..") == name.end();
}

bool IsPlainFileBelow(const fs::path& root, const fs::path& name) {
  fs::path at = root;
  for (const auto& step : name) {
    at /= step;
    if (fs::is_symlink(fs::symlink_status(at))) return false;
  }
  return fs::is_regular_file(fs::symlink_status(at));
}

}  // namespace

void SiteFolder::Write(const std::string& name, std::string_view bytes) {
  WriteFileAtomically(root_ / name, bytes);
  written_.insert(name);
}

void SiteFolder::RemoveRest() const {
  if (!IsPlainFileBelow(root_, kList)) return;
  std::istringstream before(ReadBytes(root_ / kList));
  for (std::string name; std::getline(before, name);) {
    if (written_.contains(name) || !StaysInside(name) || !IsPlainFileBelow(root_, name)) continue;
    fs::remove(root_ / name);
    std::error_code not_empty;
    for (auto folder = fs::path(name).parent_path(); !folder.empty(); folder = folder.parent_path())
      if (!fs::remove(root_ / folder, not_empty)) break;
  }
}

void SiteFolder::Finish() {
  RemoveRest();
  std::string list;
  for (const auto& name : written_) list += name + "\n";
  WriteFileAtomically(root_ / kList, list);
}

}  // namespace dfkd
