#include "bench/engines/machine.h"

#include <fmt/ranges.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>
#include <system_error>
#include <thread>

#include "bench/engines/control_group.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

int BoundCores() {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof(set), &set) == 0) return CPU_COUNT(&set);
  return static_cast<int>(std::thread::hardware_concurrency());  // more cores than the set holds
}

// The rest of the first line that starts with `name`, after its colon; "" if there is none.
std::string ValueIn(const fs::path& file, const std::string& name) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const auto start = line.find_first_not_of(" \t", line.find(':') + 1);
    if (line.starts_with(name) && start != std::string::npos) return line.substr(start);
  }
  return "";
}

std::string KindOfCpu() {
  int64_t bytes = int64_t{::sysconf(_SC_PHYS_PAGES)} * ::sysconf(_SC_PAGE_SIZE);
  bytes = std::min(bytes, ControlGroup().MemoryBytes().value_or(bytes));
  rlimit limit{};
  const bool limited = ::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  if (limited) bytes = std::min(bytes, static_cast<int64_t>(limit.rlim_cur));
  const double gigabytes = static_cast<double>(bytes) / (1 << 30);
  return fmt::format("{}, {:.0f} GiB", ValueIn("/proc/cpuinfo", "model name"), gigabytes);
}

// Of all GPUs of this machine: which of them is cuda:0, its driver decides.
std::string KindOfGpus() {
  std::multiset<std::string> models;
  std::error_code none;
  for (fs::directory_iterator gpu("/proc/driver/nvidia/gpus", none), end; !none && gpu != end;
       gpu.increment(none)) {
    models.insert(ValueIn(gpu->path() / "information", "Model:"));
  }
  return fmt::format("GPU {}", fmt::join(models, ", "));
}

}  // namespace

int AllowedCores() {
  const double granted = ControlGroup().Cores().value_or(BoundCores());
  return std::max(1, std::min(BoundCores(), static_cast<int>(std::ceil(granted))));
}

int DefaultJobs(const std::vector<std::string>& devices, int threads) {
  if (devices != std::vector<std::string>{"cpu"}) return static_cast<int>(devices.size());
  return std::max(1, AllowedCores() / std::max(1, threads));
}

std::string KindOfMachine(const std::vector<Slot>& slots) {
  std::set<std::string> kinds;
  for (const auto& slot : slots) kinds.insert(slot.device == "cpu" ? KindOfCpu() : KindOfGpus());
  return fmt::format("{}", fmt::join(kinds, "; "));
}

}  // namespace dfkd
