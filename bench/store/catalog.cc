#include "bench/store/catalog.h"

#include <algorithm>
#include <vector>

#include "bench/store/disk.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

// Sorted, so that two looks at one store tell the same.
std::vector<fs::path> FoldersIn(const fs::path& folder) {
  std::vector<fs::path> folders;
  for (const auto& entry : store::EntriesIn(folder)) {
    std::error_code gone;
    if (entry.is_directory(gone) && !entry.is_symlink(gone)) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

}  // namespace

void ForEachArtifact(const Store& store, const std::function<void(const std::string& ref)>& tell) {
  for (const auto& kind : FoldersIn(store.root())) {
    for (const auto& prefix : FoldersIn(kind)) {
      for (const auto& folder : FoldersIn(prefix)) {
        const auto key = folder.filename().string();
        if (!store::IsKey(key) || prefix.filename() != key.substr(0, 2)) continue;
        const auto ref = kind.filename().string() + "/" + key;
        if (store.Has(ref)) tell(ref);
      }
    }
  }
}

uint64_t BytesBelow(const fs::path& path) {
  std::error_code failed;
  if (fs::is_regular_file(fs::symlink_status(path, failed))) return fs::file_size(path, failed);
  uint64_t bytes = 0;
  for (fs::recursive_directory_iterator entry(path, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    std::error_code gone;
    const auto size = entry->is_regular_file(gone) ? entry->file_size(gone) : 0;
    if (!gone) bytes += size;
  }
  return bytes;
}

}  // namespace dfkd
