#include "bench/io/find_data.h"

#include <algorithm>

#include "bench/io/data_folder.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

bool IsThere(const fs::path& file) {
  std::error_code unreadable;
  return fs::exists(file, unreadable);
}

bool IsBelowNone(const fs::path& folder) {
  fs::path parent = folder;
  while (parent.has_relative_path() && !IsNoDataFolder(parent)) parent = parent.parent_path();
  return IsNoDataFolder(parent);
}

// folders.end() if none holds any of them.
auto FirstWithAny(const std::vector<std::string>& files, const std::vector<fs::path>& folders) {
  return std::find_if(folders.begin(), folders.end(), [&](const fs::path& folder) {
    return std::any_of(files.begin(), files.end(),
                       [&](const std::string& file) { return IsThere(folder / file); });
  });
}

}  // namespace

fs::path FolderWith(const std::string& dataset, const std::vector<std::string>& files,
                    const std::vector<fs::path>& folders) {
  const auto folder = FirstWithAny(files, folders);
  if (folder == folders.end()) throw MissingData(dataset, files.front(), folders);
  for (const std::string& file : files) {
    if (!IsThere(*folder / file)) throw MissingData(dataset, file, {*folder});
  }
  return *folder;
}

Error MissingData(const std::string& dataset, const std::string& file,
                  const std::vector<fs::path>& folders) {
  if (std::any_of(folders.begin(), folders.end(), IsBelowNone)) {
    return MakeError(FailureClass::kIo,
                     "data set {}: the data folder is unknown: give --data DIR or set DFKD_DATA or "
                     "HOME",
                     dataset);
  }
  std::string places;
  for (const fs::path& folder : folders) {
    places += (places.empty() ? "" : " and ") + folder.string();
  }
  return MakeError(FailureClass::kIo,
                   "data set {}: {} is missing; looked in {}; `dfkd fetch {}` downloads it",
                   dataset, file, places, dataset);
}

std::vector<fs::path> ExistingFiles(const std::vector<std::string>& files,
                                    const std::vector<fs::path>& folders) {
  const auto folder = FirstWithAny(files, folders);
  std::vector<fs::path> existing;
  if (folder == folders.end()) return existing;
  for (const std::string& file : files) {
    if (IsThere(*folder / file)) existing.push_back(*folder / file);
  }
  return existing;
}

}  // namespace dfkd
