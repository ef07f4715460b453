#include "bench/store/work.h"

#include <unistd.h>

#include <system_error>
#include <utility>
#include <vector>

#include "bench/core/error.h"
#include "bench/core/json.h"
#include "bench/core/log.h"
#include "bench/io/file.h"
#include "bench/store/disk.h"
#include "bench/store/guard.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNote = "note.json";

void RequireName(const std::string& name) {
  const bool taken = name == "lease" || name == "staging" || name == kNote;
  if (name.empty() || name[0] == '.' || name.find('/') != std::string::npos || taken) {
    throw MakeError("checkpoint name '{}' must not be empty, hidden, a path, or lease, staging, {}",
                    name, kNote);
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

WorkNotes::WorkNotes(const WorkFolder& work, std::string label, std::chrono::milliseconds every)
    : work_(work), note_{std::move(label)}, every_(every), next_(Clock::now() + every) {
  Write();
}

void WorkNotes::Tell(int64_t done, int64_t total) {
  const auto now = Clock::now();
  if (now < next_) return;
  next_ = now + every_;
  note_.done = done, note_.total = total;
  Write();
}

void WorkNotes::Write() const try {
  if (!store::Exists(work_.folder())) return;
  const Json json = {{"label", note_.label}, {"done", note_.done}, {"total", note_.total}};
  WriteFileSoon(work_.folder() / kNote, json.dump());
} catch (const std::exception& e) {
  spdlog::debug("not told how far {} is: {}", note_.label, e.what());
}

std::optional<WorkNote> ReadNote(const WorkFolder& work) try {
  constexpr uint64_t kLongest = 1 << 16;
  const auto file = work.folder() / kNote;
  if (!store::Exists(file)) return std::nullopt;
  const Json json = Json::parse(ReadBytes(file, kLongest));
  if (!json.at("done").is_number_integer() || !json.at("total").is_number_integer())
    return std::nullopt;
  return WorkNote{json.at("label"), json.at("done"), json.at("total")};
} catch (const std::exception&) {  // half written by other software, or gone meanwhile
  return std::nullopt;
}

namespace {

constexpr std::chrono::hours kHalfRemoved{1};

bool IsKey(const std::string& name) {
  return name.size() == 64 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

void Sweep(const fs::path& root, const fs::path& entry, fs::file_time_type now,
           const std::function<bool(const std::string& key)>& is_finished) {
  const auto name = entry.filename().string();
  if (name.starts_with(".trash-")) {
    std::error_code gone;
    const auto age = now - fs::last_write_time(entry, gone);
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
  if (entries.empty()) return;
  const auto now = store::FileTimeNow(root / "work");  // this host's clock may be hours ahead
  for (const auto& entry : entries) {
    try {
      Sweep(root, entry, now, is_finished);
    } catch (const Error& e) {
      return spdlog::debug("left as it is: {}", e.what());
    }
  }
}

}  // namespace dfkd
