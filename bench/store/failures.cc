#include "bench/store/failures.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "bench/core/json.h"
#include "bench/core/log.h"
#include "bench/io/file.h"
#include "bench/store/disk.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

constexpr size_t kTail = 4096;

// Not Canonical: a log may hold any bytes, and a failure to record a failure helps nobody.
std::string ToText(const Failure& failure) {
  const Json json = {{"class", Name(failure.failure)}, {"message", failure.message},
                     {"log_tail", failure.log_tail},   {"machine", failure.machine},
                     {"attempt", failure.attempt},     {"host", failure.host},
                     {"created", failure.created},     {"restarts", failure.restarts}};
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::optional<Failure> Read(const fs::path& file) try {
  const Json json = store::Patiently([&] { return ReadJson(file); });
  return Failure{FailureClassFrom(json.at("class")),
                 json.at("message"),
                 json.at("log_tail"),
                 json.value("machine", ""),
                 CountFrom(json.at("attempt"), "attempt"),
                 json.at("host"),
                 json.at("created"),
                 CountFrom(json.value("restarts", Json(0)), "restarts")};
} catch (const std::exception& e) {
  spdlog::warn("left out: {}", e.what());
  return std::nullopt;
}

// 0 also for what is no number.
int64_t RestartsOfJob() {
  const char* text = std::getenv("SLURM_RESTART_COUNT");
  return text == nullptr ? 0 : std::max(0, std::atoi(text));
}

// 0 if the name is not <n>.json.
int64_t NumberOf(const fs::path& file) {
  const std::string stem = file.stem().string();
  const bool digits = stem.find_first_not_of("0123456789") == std::string::npos;
  const bool ours = file.extension() == ".json" && digits && !stem.empty() && stem.size() < 10;
  return ours ? std::stoll(stem) : 0;
}

// Another runner, with which the stage went well, may remove the folder while it is read.
std::vector<fs::directory_entry> EntriesOrNone(const fs::path& folder) try {
  return store::EntriesIn(folder);
} catch (const Error& e) {
  if (store::SaysTakenAway(e.what())) return {};
  throw;
}

std::vector<std::pair<int64_t, fs::path>> FilesIn(const fs::path& folder) {
  std::vector<std::pair<int64_t, fs::path>> files;
  for (const auto& entry : EntriesOrNone(folder)) {
    if (const int64_t n = NumberOf(entry.path())) files.emplace_back(n, entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

bool Concerns(const Place& here, const Failure& failure) {
  using enum FailureClass;
  if (failure.failure == kIo) return failure.host == here.host;
  if (failure.failure != kMemory && failure.failure != kTimeout) return true;
  return failure.machine.empty() || failure.machine == here.machine;
}

}  // namespace

Failures::Failures(fs::path root) : root_(std::move(root)) {}

fs::path Failures::FolderOf(const std::string& key) const {
  store::RequireKey(key);
  return root_ / "failures" / key;
}

Failure Failures::Record(const std::string& key, Failure failure) const {
  const fs::path folder = FolderOf(key);
  store::CreateFolders(folder);
  if (failure.log_tail.size() > kTail) {
    failure.log_tail.erase(0, failure.log_tail.size() - kTail);
  }
  failure.host = store::HostName();
  failure.created = store::UtcNow();
  failure.restarts = RestartsOfJob();
  const auto files = FilesIn(folder);
  failure.attempt = files.empty() ? 0 : files.back().first;
  fs::path file;
  do {  // again where another process failed at the same moment
    file = folder / fmt::format("{}.json", ++failure.attempt);
  } while (!store::WriteNewFile(file, ToText(failure)));
  SyncFile(file);
  SyncFolder(folder);
  return failure;
}

std::vector<Failure> Failures::ReadAll(const std::string& key) const {
  std::vector<Failure> failures;
  for (const auto& [n, file] : FilesIn(FolderOf(key))) {
    if (auto failure = Read(file)) failures.push_back(std::move(*failure));
  }
  return failures;
}

void Failures::Clear(const std::string& key) const {
  const fs::path folder = FolderOf(key);
  if (store::Exists(folder)) store::RemoveTree(folder, root_ / "failures");
}

Place PlaceOnThisHost(const std::string& machine) { return {store::HostName(), machine}; }

bool MayTry(const std::vector<Failure>& failures, size_t forgiven, const Place* here) {
  int transient = 0, final = 0;
  for (size_t i = forgiven; i < failures.size(); ++i) {
    const FailureClass failure = failures[i].failure;
    if (failure == FailureClass::kLost) continue;
    if (here != nullptr && !Concerns(*here, failures[i])) continue;
    const bool often_passes = failure == FailureClass::kCrash || failure == FailureClass::kIo;
    ++(often_passes ? transient : final);
  }
  return final == 0 && transient < 2;
}

bool MayTrySomewhere(const std::vector<Failure>& failures, const std::vector<Place>& places) {
  if (MayTry(failures)) return true;
  const auto gave_up = [&](const Place& place) { return !MayTry(failures, 0, &place); };
  if (!std::all_of(places.begin(), places.end(), gave_up)) return true;
  std::vector<Failure> others;  // than those of a disk
  std::set<std::string> hosts;
  for (const auto& failure : failures) {
    if (failure.failure != FailureClass::kIo) {
      others.push_back(failure);
    } else if (gave_up({failure.host, ""})) {
      hosts.insert(failure.host);
    }
  }
  return MayTry(others) && hosts.size() < 2 && !hosts.contains(store::HostName());
}

}  // namespace dfkd
