#include "bench/cli/results_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "bench/core/error.h"

namespace dfkd::cli {
namespace {

constexpr auto kPatience = std::chrono::seconds(60);

}  // namespace

ResultsLock::ResultsLock(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  descriptor_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor_ < 0) {
    throw MakeError(FailureClass::kIo, "{}: cannot be opened: {}", folder.string(),
                    std::strerror(errno));
  }
  Wait(folder);
}

ResultsLock::~ResultsLock() { ::close(descriptor_); }

void ResultsLock::Wait(const std::filesystem::path& folder) const {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return;
    if (std::chrono::steady_clock::now() > until) {
      ::close(descriptor_);
      throw MakeError(FailureClass::kIo,
                      "{}: another process has been changing it for {} seconds; nothing was "
                      "changed",
                      folder.string(), kPatience.count());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace dfkd::cli
