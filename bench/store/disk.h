// What the files of store/ share: names, durable steps on the file system, points at which tests
// let the process die.
//
// Errors are class io, one line: what was tried, the path, the system's reason.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "bench/core/error.h"
#include "bench/store/reasons.h"

namespace dfkd::store {

Error IoError(const char* action, const std::filesystem::path& path, int code);

// Whether it is 64 lower-case hex digits.
bool IsKey(std::string_view text);
// Throws Error unless it is a key.
void RequireKey(const std::string& key);

// 16 hex digits that no other thread, process or host draws.
std::string NewToken();
std::string HostName();
// "2024-05-31T12:00:00Z", so far ahead.
std::string UtcNow(std::chrono::seconds ahead = std::chrono::seconds(0));
// Since the epoch.
int64_t Nanoseconds(const timespec& time);

// For so long a client of a file server may remember what is not so any more.
constexpr std::chrono::seconds kStalePatience{60};

// Calls `action`, which reads something; again, ever more rarely, until `patience` is over, where a
// network file system says that what was open is not what has the name now. Whoever looks anew may
// find it.
template <class Action>
auto Patiently(const Action& action, std::chrono::milliseconds patience = kStalePatience) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kFirst{60}, kLongest{5'000};
  const auto until = Clock::now() + patience;
  for (auto pause = kFirst;; pause = std::min(2 * pause, kLongest)) {
    try {
      return action();
    } catch (const Error& e) {
      if (Clock::now() + pause > until || !PassesByItself(e.failure(), e.what())) throw;
    }
    std::this_thread::sleep_for(pause);
  }
}

// False only if it is certain that there is nothing; "permission denied" is an Error.
bool Exists(const std::filesystem::path& path);
// What lies in a folder, in any order; nothing if there is no such folder (any more).
std::vector<std::filesystem::directory_entry> EntriesIn(const std::filesystem::path& folder);
void CreateFolders(const std::filesystem::path& folder);
void Rename(const std::filesystem::path& from, const std::filesystem::path& to);
// A file, or a folder and all below it.
void SyncTree(const std::filesystem::path& path);

// Whole from the first moment, and never over another one: false if `file` exists already. Not
// synced: after a power cut it may be empty.
bool WriteNewFile(const std::filesystem::path& file, std::string_view bytes);

// Removes a file or folder. First it goes out of sight, to <aside>/.trash-…, in one step: nobody
// can mistake what is half removed for something whole. Nothing there is fine.
void RemoveTree(const std::filesystem::path& path, const std::filesystem::path& aside);

namespace testing {
// Called with a name wherever a kill would be most harmful. Set before threads start.
inline void (*crash_point)(const char* point) = nullptr;
}  // namespace testing

inline void Reach(const char* point) {
  if (testing::crash_point != nullptr) testing::crash_point(point);
}

}  // namespace dfkd::store
