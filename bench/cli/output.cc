#include "bench/cli/output.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace dfkd::cli {
namespace {

// What failed in the middle has left no reason behind; a pipe says at any time.
bool HasNoReader(std::FILE* out) {
  pollfd pipe{::fileno(out), POLLOUT, 0};
  return ::poll(&pipe, 1, 0) == 1 && (pipe.revents & POLLERR) != 0;
}

}  // namespace

Delivered Deliver(std::FILE* out) {
  const int error = std::fflush(out) == 0 ? 0 : errno;
  if (error == 0 && std::ferror(out) == 0) return {};
  const auto why = error == 0 ? std::string("a part of it could not be written")
                              : std::generic_category().message(error);
  return {false, error == EPIPE || HasNoReader(out), why};
}

void FillStandardStreams() {
  // In this order each open gets the lowest place, which is the one that is missing.
  for (const int place : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(place, F_GETFD) != -1 || errno != EBADF) continue;
    ::open("/dev/null", place == STDERR_FILENO ? O_WRONLY : O_RDONLY);
  }
}

}  // namespace dfkd::cli
