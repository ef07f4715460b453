#include "bench/engines/engine.h"

namespace dfkd {

std::vector<Slot> MakeSlots(const std::vector<std::string>& devices, int jobs, int threads) {
  if (devices.empty()) throw MakeError("--device '': give at least one, e.g. cpu or cuda:0");
  if (jobs < 0) throw MakeError("--jobs {} must be at least 1", jobs);
  if (threads < 1) throw MakeError("--threads {} must be at least 1", threads);
  std::vector<Slot> slots;
  const size_t count = jobs == 0 ? devices.size() : static_cast<size_t>(jobs);
  for (size_t i = 0; i < count; ++i) {
    const auto& device = devices[i % devices.size()];
    if (device.empty()) throw MakeError("--device: an empty name; give e.g. cpu or cuda:0");
    slots.push_back({device, threads});
  }
  return slots;
}

}  // namespace dfkd
