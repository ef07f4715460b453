#include "bench/engines/peak_memory.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

namespace dfkd {
namespace {

namespace fs = std::filesystem;

struct ProcessStatus {
  int64_t parent = 0, peak_bytes = 0;
};

// Zeros if it is gone.
ProcessStatus StatusOfProcess(const fs::path& folder) {
  ProcessStatus status;
  std::ifstream lines(folder / "status");
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("PPid:")) status.parent = std::stoll(line.substr(5));
    if (line.starts_with("VmHWM:")) status.peak_bytes = std::stoll(line.substr(6)) * 1024;
  }
  return status;
}

int64_t PeakBytesOfChildren() {
  int64_t most = 0;
  std::error_code failed;
  for (fs::directory_iterator entry("/proc", failed), end; !failed && entry != end;
       entry.increment(failed)) {
    const auto name = entry->path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const auto status = StatusOfProcess(entry->path());
    if (status.parent == ::getpid()) most = std::max(most, status.peak_bytes);
  }
  return most;
}

int64_t PeakBytesOfEnded() {
  rusage usage{};
  return ::getrusage(RUSAGE_CHILDREN, &usage) == 0 ? int64_t{usage.ru_maxrss} * 1024 : 0;
}

}  // namespace

int64_t PeakBytesOfProcesses() {
  return std::max(
      {StatusOfProcess("/proc/self").peak_bytes, PeakBytesOfChildren(), PeakBytesOfEnded()});
}

}  // namespace dfkd
