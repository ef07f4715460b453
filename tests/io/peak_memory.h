// How much memory something takes while it runs.
#pragma once
#include <malloc.h>

#include <cstdint>
#include <fstream>
#include <functional>
#include <string>

namespace dfkd::testing {

// The largest resident memory of the process since it was last forgotten, in bytes.
inline int64_t PeakMemory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6)) * 1024;
  }
  return 0;
}

// By how many bytes the memory rises above what is held already. Too little if the kernel does not
// let the peak be forgotten.
inline int64_t PeakMemoryOf(const std::function<void()>& action) {
  ::malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";
  const auto before = PeakMemory();
  action();
  return PeakMemory() - before;
}

}  // namespace dfkd::testing
