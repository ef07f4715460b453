#include "bench/store/work.h"

#include <system_error>

#include "bench/core/error.h"
#include "bench/io/file.h"
#include "bench/store/disk.h"
#include "bench/store/guard.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

void RequireName(const std::string& name) {
  const bool taken = name == "lease" || name == "staging";
  if (name.empty() || name[0] == '.' || name.find('/') != std::string::npos || taken) {
    throw MakeError("checkpoint name '{}' must not be empty, hidden, a path, or lease or staging",
                    name);
  }
}

// A folder cannot be renamed over another one, a link can: so a checkpoint is a link to what was
// written.
void PointTo(const fs::path& link, const fs::path& fresh) {
  const fs::path temporary = link.parent_path() / (".link-" + store::NewToken());
  std::error_code failed;
  fs::create_symlink(fresh.filename(), temporary, failed);
  if (failed) throw store::IoError("create", temporary, failed.value());
  store::Reach("checkpoint: link made");
  store::Rename(temporary, link);
  SyncFolder(link.parent_path());
  store::Reach("checkpoint: renamed");
}

}  // namespace

WorkFolder::WorkFolder(const fs::path& root, const std::string& key)
    : folder_(root / "work" / key) {
  store::RequireKey(key);
}

fs::path WorkFolder::NewStaging() const {
  const fs::path staging = folder_ / "staging" / store::NewToken();
  store::CreateFolders(staging);
  return staging;
}

std::optional<fs::path> WorkFolder::Checkpoint(const std::string& name) const {
  RequireName(name);
  std::error_code none;
  const fs::path target = fs::read_symlink(folder_ / name, none);
  if (none || !store::Exists(folder_ / target)) return std::nullopt;
  return folder_ / target;
}

void WorkFolder::WriteCheckpoint(const std::string& name,
                                 const std::function<void(const fs::path&)>& write) const {
  const auto older = Checkpoint(name);
  const fs::path fresh = folder_ / ("." + name + "-" + store::NewToken());
  store::CreateFolders(folder_);
  try {
    write(fresh);
    store::Reach("checkpoint: written");
    store::SyncTree(fresh);
    store::Reach("checkpoint: synced");
    PointTo(folder_ / name, fresh);
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(fresh, ignored);
    throw;
  }
  if (older) store::RemoveTree(*older, folder_.parent_path());
}

void WorkFolder::Remove() const {
  const fs::path work = folder_.parent_path(), trash = work / (".trash-" + store::NewToken());
  if (!store::Exists(folder_)) return;
  {
    const store::Guard guard(work);
    store::Rename(folder_, trash);
  }
  store::RemoveTree(trash, work);
}

}  // namespace dfkd
