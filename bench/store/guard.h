// A short critical section over all leases of a store: taking a void lease over is "look, remove,
// create", and between two takers that is a race whatever single step is atomic.
#pragma once
#include <chrono>
#include <filesystem>
#include <optional>

namespace dfkd::store {

// Locks an open file among all who do the same, on whatever host the file system tells of locks.
// The kernel unlocks it if the process dies. Where the file system cannot lock, or whoever holds it
// is stopped for more than five seconds, it returns all the same.
void LockPatiently(int descriptor);
void UnlockAndClose(int descriptor);

// Locks <work>/.guard so; `work` must exist. The price of going on without is work done twice.
// Throws Error (io) if the file cannot be made.
class Guard {
 public:
  explicit Guard(const std::filesystem::path& work);
  ~Guard();
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

  // By the clock that stamps the leases, which is the file server's where there is one.
  std::chrono::nanoseconds Now() const;

 private:
  int descriptor_;
};

// The same without a lock, for whoever only looks; nullopt where nothing can be written.
std::optional<std::chrono::nanoseconds> ClockOf(const std::filesystem::path& work);
// As a time of files, by which their age is told; by this host's clock where nothing can be
// written.
std::filesystem::file_time_type FileTimeNow(const std::filesystem::path& work);

}  // namespace dfkd::store
