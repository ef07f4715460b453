#include "bench/store/guard.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "bench/store/disk.h"

namespace dfkd::store {
namespace {

constexpr auto kPatience = std::chrono::seconds(5);

int OpenGuard(const std::filesystem::path& work) {
  return ::open((work / ".guard").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
}

std::optional<std::chrono::nanoseconds> StampOf(int descriptor) {
  struct stat status {};
  if (::futimens(descriptor, nullptr) != 0 || ::fstat(descriptor, &status) != 0)
    return std::nullopt;
  return std::chrono::nanoseconds(Nanoseconds(status.st_mtim));
}

}  // namespace

void LockPatiently(int descriptor) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return;
    if (std::chrono::steady_clock::now() > until) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void UnlockAndClose(int descriptor) {
  ::flock(descriptor, LOCK_UN);  // not left to close: a fork may share the descriptor
  ::close(descriptor);
}

Guard::Guard(const std::filesystem::path& work) : descriptor_(OpenGuard(work)) {
  if (descriptor_ < 0) throw IoError("open", work / ".guard", errno);
  LockPatiently(descriptor_);
}

Guard::~Guard() { UnlockAndClose(descriptor_); }

std::chrono::nanoseconds Guard::Now() const {
  return StampOf(descriptor_).value_or(std::chrono::system_clock::now().time_since_epoch());
}

std::optional<std::chrono::nanoseconds> ClockOf(const std::filesystem::path& work) {
  const int descriptor = OpenGuard(work);
  if (descriptor < 0) return std::nullopt;
  const auto now = StampOf(descriptor);
  ::close(descriptor);
  return now;
}

std::filesystem::file_time_type FileTimeNow(const std::filesystem::path& work) {
  using FileClock = std::filesystem::file_time_type::clock;
  const auto now = ClockOf(work);
  if (!now) return FileClock::now();
  const std::chrono::sys_time<std::chrono::nanoseconds> since_epoch(*now);
  return std::chrono::time_point_cast<FileClock::duration>(FileClock::from_sys(since_epoch));
}

}  // namespace dfkd::store
