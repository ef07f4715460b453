// Numeric profiles, and every difference between LibTorch releases that this project meets.
#pragma once
#include <ATen/core/Tensor.h>

#include <string>

#include "bench/core/json.h"

namespace dfkd {

enum class Profile { kFp32, kBf16, kDeterministic };
Profile ProfileFrom(
    const std::string& name);  // "fp32", "bf16", "deterministic"; throws Error otherwise
const char* Name(Profile profile);

// Process-wide settings of a worker: threads (also of BLAS, see engines), determinism, no TF32.
void ConfigureNumerics(Profile profile, int threads);
at::Device DeviceFrom(
    const std::string& name);  // "cpu", "cuda", "cuda:1"; throws Error if there is none
std::vector<std::string> AvailableDevices();
// What decides whether two results may be compared bit by bit: device, threads, instruction set,
// versions.
Json NumericsFacts(const at::Device& device);

// While alive, convolutions and products of this thread run in bfloat16 (autocast) if `profile` is
// bf16.
class AutocastScope {
 public:
  AutocastScope(Profile profile, at::DeviceType device);
  ~AutocastScope();
  AutocastScope(const AutocastScope&) = delete;

 private:
  const bool active_;
  const bool on_cuda_;
  bool before_ = false;
};

}  // namespace dfkd
