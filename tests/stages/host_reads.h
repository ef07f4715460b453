// Counts what waits for a GPU, or would if the tensors were there: values and shapes that the host
// reads, and on a GPU copies from or to memory of the host that wait. Without a GPU every tensor
// counts for one of it; with one, the host may read what is its own.
#pragma once
#include <ATen/record_function.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "bench/nn/device.h"
#include "bench/nn/numerics.h"

namespace dfkd::testing {

// While it lives; one at a time.
class HostReads {
 public:
  HostReads()
      : handle_(at::addGlobalCallback(at::RecordFunctionCallback(&OnCall).needsInputs(true))) {
    const std::lock_guard lock(Mutex());
    Calls().clear();
  }
  ~HostReads() { at::removeCallback(handle_); }
  HostReads(const HostReads&) = delete;

  // By operator.
  static std::map<std::string, int64_t> SoFar() {
    const std::lock_guard lock(Mutex());
    return Calls();
  }
  static int64_t Count() {
    int64_t count = 0;
    for (const auto& [name, calls] : SoFar()) count += calls;
    return count;
  }

 private:
  static std::unique_ptr<at::ObserverContext> OnCall(const at::RecordFunction& function) {
    static const std::set<std::string> reads = {"aten::_local_scalar_dense",
                                                "aten::nonzero",
                                                "aten::masked_select",
                                                "aten::_unique2",
                                                "aten::bincount",
                                                "aten::equal"};
    const std::string name = function.name();
    const bool reads_device = reads.count(name) > 0 && ConcernsDevice(function);
    if (reads_device || (name == "aten::copy_" && CopyWaits(function))) {
      const std::lock_guard lock(Mutex());
      ++Calls()[name];
    }
    return nullptr;
  }
  static bool ConcernsDevice(const at::RecordFunction& function) {
    static const bool has_gpu = AvailableDevices().size() > 1;
    const auto inputs = function.inputs();
    return !has_gpu || std::any_of(inputs.begin(), inputs.end(), [](const c10::IValue& input) {
      return input.isTensor() && input.toTensor().defined() && input.toTensor().is_cuda();
    });
  }
  // copy_(to, from, non_blocking)
  static bool CopyWaits(const at::RecordFunction& function) {
    const auto inputs = function.inputs();
    if (inputs.size() < 3 || !inputs[0].isTensor() || !inputs[1].isTensor()) return false;
    return inputs[0].toTensor().device() != inputs[1].toTensor().device() && !inputs[2].toBool();
  }
  static std::mutex& Mutex() {
    static std::mutex mutex;
    return mutex;
  }
  static std::map<std::string, int64_t>& Calls() {
    static std::map<std::string, int64_t> calls;
    return calls;
  }

  const at::CallbackHandle handle_;
  const ReadSeldom seldom_;
};

}  // namespace dfkd::testing
