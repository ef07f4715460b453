// The one exception type. A message is one line: the value that is wrong, and what is allowed.
#pragma once
#include <fmt/format.h>

#include <stdexcept>
#include <string>

namespace dfkd {

// Why a stage failed; stored with the failure, and the retry policy depends on it (see
// store/failures.h).
enum class FailureClass { kError, kDiverged, kCrash, kTimeout, kMemory, kIo, kLost };

// "error", "diverged", …
const char* Name(FailureClass failure);
// Throws Error on an unknown name.
FailureClass FailureClassFrom(const std::string& name);

// Thrown early, by whoever sees the bad value; caught only by the stage runner and by main, which
// exits with 2.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message, FailureClass failure = FailureClass::kError)
      : std::runtime_error(message), failure_(failure) {}
  FailureClass failure() const { return failure_; }

 private:
  FailureClass failure_;
};

template <class... Args>
Error MakeError(fmt::format_string<Args...> format, Args&&... args) {
  return Error(fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
Error MakeError(FailureClass failure, fmt::format_string<Args...> format, Args&&... args) {
  return Error(fmt::format(format, std::forward<Args>(args)...), failure);
}

[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

}  // namespace dfkd

// For our own bugs, not for user errors: always on, throws Error with the place.
#define DFKD_CHECK(condition) \
  ((condition) ? void(0) : ::dfkd::CheckFailed(#condition, __FILE__, __LINE__))
