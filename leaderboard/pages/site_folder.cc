#include "leaderboard/pages/site_folder.h"

#include <algorithm>
#include <sstream>

#include "bench/core/hash.h"
#include "bench/io/file.h"
#if DFKD_WITH_FETCH
#include "bench/io/pack.h"
#endif

namespace dfkd {
namespace {

namespace fs = std::filesystem;

constexpr char kManifest[] = "manifest.sha256", kZip[] = "site.zip";
// Of sites that were written before there was a manifest: names alone.
constexpr char kList[] = "site-files.txt";

// The list lies in a folder that others write to: a line may say anything.
bool StaysInside(const fs::path& name) {
  const auto& text =
      name.native();  // "./a" and "a" are one file, and so are they with a NUL behind
  return !name.empty() && name.is_relative() && name.lexically_normal().native() == text &&
         text.find('\0') == text.npos && std::find(name.begin(), name.end(), "..") == name.end();
}

bool IsPlainFileBelow(const fs::path& root, const fs::path& name) {
  fs::path at = root;
  for (const auto& step : name) {
    at /= step;
    if (fs::is_symlink(fs::symlink_status(at))) return false;
  }
  return fs::is_regular_file(fs::symlink_status(at));
}

// A line of either list, without the hash.
std::string NameIn(const std::string& line, bool with_hash) {
  constexpr size_t kHash = 66;  // digits and two spaces
  return with_hash ? line.substr(std::min(kHash, line.size())) : line;
}

}  // namespace

void SiteFolder::Write(const std::string& name, std::string_view bytes) {
  WriteFileSoon(root_ / name, bytes);
  auto hash = Sha256Hex(bytes);
  const std::lock_guard lock(mutex_);
  written_[name] = std::move(hash);
}

void SiteFolder::RemoveRest() const {
  for (const char* list : {kManifest, kList}) {
    if (!IsPlainFileBelow(root_, list)) continue;
    std::istringstream before(ReadBytes(root_ / list));
    for (std::string line; std::getline(before, line);) {
      const auto name = NameIn(line, list == kManifest);
      if (written_.contains(name) || !StaysInside(name) || !IsPlainFileBelow(root_, name)) continue;
      fs::remove(root_ / name);
      std::error_code not_empty;
      for (auto folder = fs::path(name).parent_path(); !folder.empty();
           folder = folder.parent_path())
        if (!fs::remove(root_ / folder, not_empty)) break;
    }
  }
  if (IsPlainFileBelow(root_, kList)) fs::remove(root_ / kList);
}

std::string SiteFolder::Manifest() const {
  std::string list;
  for (const auto& [name, hash] : written_) list += hash + "  " + name + "\n";
  return list;
}

#if DFKD_WITH_FETCH

bool SiteFolder::Packs() { return true; }

// Its files are in a folder, so that unpacking it scatters nothing.
void SiteFolder::Pack() {
  std::vector<PackedFile> files = {{std::string("site/") + kManifest, Manifest()}};
  for (const auto& [name, unused] : written_) files.push_back({"site/" + name, root_ / name});
  PackZip(files, root_ / kZip);
  written_[kZip] = Sha256OfFile(root_ / kZip);
}

#else

bool SiteFolder::Packs() { return false; }
void SiteFolder::Pack() {}

#endif

void SiteFolder::Finish() {
  Pack();
  RemoveRest();
  WriteFileSoon(root_ / kManifest, Manifest());
  SyncFileSystem(root_);
}

}  // namespace dfkd
