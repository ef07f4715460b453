#include "bench/store/reasons.h"

#include <algorithm>
#include <cerrno>
#include <initializer_list>
#include <string_view>
#include <system_error>

namespace dfkd::store {
namespace {

bool ContainsOneOf(const std::string& message, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) {
    return message.find(part) != std::string::npos;
  });
}

bool NamesOneOf(const std::string& message, std::initializer_list<int> codes) {
  return std::any_of(codes.begin(), codes.end(), [&](int code) {
    return message.find(std::generic_category().message(code)) != std::string::npos;
  });
}

}  // namespace

bool ConcernsEveryStage(FailureClass failure, const std::string& message) {
  return failure == FailureClass::kIo && NamesOneOf(message, {ENOSPC, EDQUOT, EROFS, EFBIG});
}

bool PassesByItself(FailureClass failure, const std::string& message) {
  return failure == FailureClass::kIo && NamesOneOf(message, {ESTALE});
}

bool SaysTakenAway(const std::string& message) {
  return NamesOneOf(message, {ENOENT, ESTALE, ENOTDIR});
}

bool SaysGoneOrDamaged(const std::string& message) {
  return NamesOneOf(message, {ENOENT}) ||
         ContainsOneOf(message, {": not in the store", ": damaged: expected"});
}

bool SaysOutOfMemory(const std::string& message) {
  return ContainsOneOf(message, {"out of memory", "can't allocate", "bad_alloc", "_ALLOC_FAILED",
                                 "_ALLOCATION_FAILED"});
}

bool LeavesDeviceUnusable(const std::string& message) {
  // cuSOLVER blames the values that it was given, and goes on working.
  const bool of_values = ContainsOneOf(message, {"input matrix contains NaN"});
  return !SaysOutOfMemory(message) && !of_values &&
         ContainsOneOf(message,
                       {"CUDA error", "CUDA driver error", "CUDA unknown error", "CUDNN_STATUS_",
                        "cuDNN error", "CUBLAS_STATUS_", "cusolver error", "cuFFT error"});
}

}  // namespace dfkd::store
