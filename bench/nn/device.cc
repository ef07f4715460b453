#include "bench/nn/device.h"

#include <ATen/Functions.h>

#include <algorithm>

#include "bench/core/error.h"

namespace dfkd {
namespace {

constexpr int64_t kReadEvery = 16;  // rounds

// More would be a caller that makes up values as it goes.
constexpr size_t kMostConstants = 64;

thread_local int t_seldom = 0;

struct Kept {
  std::vector<double> values;
  at::Tensor tensor;
  int64_t version;  // of `tensor` when it was made

  bool Changed() const { return static_cast<int64_t>(tensor._version()) != version; }
};

// Never destroyed: at the end of a process CUDA may be gone before it.
std::vector<Kept>& Constants() {
  thread_local auto* const constants = new std::vector<Kept>();
  return *constants;
}

}  // namespace

at::Tensor Upload(const at::Tensor& host, const at::Device& device) {
  if (device.is_cpu() || !host.is_cpu()) return host.to(device);
  return (device.is_cuda() ? host.pin_memory() : host).to(device, /*non_blocking=*/true);
}

at::Tensor Constant(const std::vector<double>& values, at::ScalarType type,
                    const at::Device& device) {
  auto& constants = Constants();
  for (const auto& kept : constants) {
    const bool same = kept.values == values && kept.tensor.scalar_type() == type &&
                      kept.tensor.device() == device;
    if (same && kept.Changed()) {
      ForgetConstants();
      throw Error(
          "somebody changed a constant in place: what Constant and PerChannel return belongs to "
          "everybody; clone it to write to it");
    }
    if (same) return kept.tensor;
  }
  if (constants.size() == kMostConstants) constants.clear();
  const auto made = Upload(at::tensor(values, at::kDouble).to(type), device);
  return constants.emplace_back(Kept{values, made, static_cast<int64_t>(made._version())}).tensor;
}

bool ConstantsChanged() {
  const auto& constants = Constants();
  return std::any_of(constants.begin(), constants.end(),
                     [](const Kept& kept) { return kept.Changed(); });
}

void ForgetConstants() { Constants().clear(); }

bool MayRead(const at::Device& device, int64_t round, int64_t step) {
  if (device.is_cpu() && t_seldom == 0) return true;
  return step == 0 && round % kReadEvery == 0;
}

ReadSeldom::ReadSeldom() { ++t_seldom; }
ReadSeldom::~ReadSeldom() { --t_seldom; }

}  // namespace dfkd
