#include "bench/store/work.h"

#include <unistd.h>

#include <system_error>
#include <vector>

#include "bench/core/error.h"
#include "bench/core/log.h"
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

void WorkFolder::DropCheckpoint(const std::string& name) const {
  const auto dropped = Checkpoint(name);
  ::unlink((folder_ / name).c_str());
  if (dropped) store::RemoveTree(*dropped, folder_.parent_path());
}

namespace {

constexpr std::chrono::hours kHalfRemoved{1};

bool IsKey(const std::string& name) {
  return name.size() == 64 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

void Sweep(const fs::path& root, const fs::path& entry,
           const std::function<bool(const std::string& key)>& is_finished) {
  const auto name = entry.filename().string();
  if (name.starts_with(".trash-")) {
    std::error_code gone;
    const auto age = fs::file_time_type::clock::now() - fs::last_write_time(entry, gone);
    if (!gone && age > kHalfRemoved) store::RemoveTree(entry, entry.parent_path());
  } else if (IsKey(name) && is_finished(name)) {
    if (auto lease = TryAcquire(WorkFolder(root, name))) lease->RemoveWork();
  }
}

}  // namespace

void SweepWork(const fs::path& root,
               const std::function<bool(const std::string& key)>& is_finished) {
  std::error_code failed;
  std::vector<fs::path> entries;
  for (fs::directory_iterator entry(root / "work", failed), end; !failed && entry != end;
       entry.increment(failed)) {
    entries.push_back(entry->path());
  }
  for (const auto& entry : entries) {
    try {
      Sweep(root, entry, is_finished);
    } catch (const Error& e) {
      return spdlog::debug("left as it is: {}", e.what());
    }
  }
}

}  // namespace dfkd
