#include "bench/core/error.h"

#include <array>
#include <utility>

namespace dfkd {
namespace {

constexpr std::array<std::pair<FailureClass, const char*>, 7> kNames = {{
    {FailureClass::kError, "error"},
    {FailureClass::kDiverged, "diverged"},
    {FailureClass::kCrash, "crash"},
    {FailureClass::kTimeout, "timeout"},
    {FailureClass::kMemory, "memory"},
    {FailureClass::kIo, "io"},
    {FailureClass::kLost, "lost"},
}};

}  // namespace

const char* Name(FailureClass failure) {
  for (const auto& [value, name] : kNames) {
    if (value == failure) return name;
  }
  return "error";
}

FailureClass FailureClassFrom(const std::string& name) {
  for (const auto& [value, known] : kNames) {
    if (name == known) return value;
  }
  throw MakeError("failure class '{}' is unknown", name);
}

void CheckFailed(const char* condition, const char* file, int line) {
  throw MakeError("internal error: {} does not hold ({}:{})", condition, file, line);
}

}  // namespace dfkd
