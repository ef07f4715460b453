#include "bench/store/inventory.h"

#include "bench/store/disk.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

std::unordered_set<std::string> NamesIn(const fs::path& folder) {
  std::unordered_set<std::string> names;
  for (const auto& entry : store::EntriesIn(folder)) names.insert(entry.path().filename().string());
  return names;
}

}  // namespace

bool Inventory::Has(const std::string& ref) {
  const auto folder = store_.FolderOf(ref);
  return IsIn(folder.parent_path(), folder.filename().string()) && store_.Has(ref);
}

bool Inventory::IsIn(const fs::path& folder, const std::string& name) {
  const auto known = names_.find(folder.native());
  const auto& names = known != names_.end()
                          ? known->second
                          : names_.emplace(folder.native(), NamesIn(folder)).first->second;
  return names.contains(name);
}

}  // namespace dfkd
