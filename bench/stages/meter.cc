#include "bench/stages/meter.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>

namespace dfkd {
namespace {

double WallNow() {
  const std::chrono::duration<double> now = std::chrono::steady_clock::now().time_since_epoch();
  return now.count();
}

double CpuNow() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// The highest resident memory since ResetPeak, not since the worker started: VmHWM of
// /proc/self/status.
int64_t PeakBytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6)) * 1024;
  }
  return 0;
}

void ResetPeak() { std::ofstream("/proc/self/clear_refs") << 5; }

}  // namespace

Meter::Meter() : start_{WallNow(), CpuNow(), 0} { ResetPeak(); }

double Meter::WallSeconds() const { return WallNow() - start_.wall_seconds; }

Spent Meter::Read() const { return {WallSeconds(), CpuNow() - start_.cpu_seconds, PeakBytes()}; }

Spent operator+(const Spent& a, const Spent& b) {
  return {a.wall_seconds + b.wall_seconds, a.cpu_seconds + b.cpu_seconds,
          std::max(a.peak_bytes, b.peak_bytes)};
}

}  // namespace dfkd
