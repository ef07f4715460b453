#include "bench/scores/check_cost.h"

#include <fmt/format.h>

#include <algorithm>

namespace dfkd {
namespace {

constexpr double kLeastClock = 1e-9;  // seconds; no clock tells less
// No student comes from loading a teacher and one step in less.
constexpr double kLeastWork = 1e-3;
constexpr double kMostSeconds = 1e8;  // three years
// Of the time on the clock. A process may be suspended for days, or wait for a disk.
constexpr double kLeastShare = 1e-4;
// The threads of a score are those of its last stage, and others may have had more; a process has
// some of its own beside them.
constexpr double kMostPerThread = 16;
constexpr double kOfTheProcess = 10;  // seconds
constexpr double kSumRounding = 1e-6;
// What a process holds that does nothing, and more than any machine has.
constexpr int64_t kLeastBytes = int64_t{1} << 20, kMostBytes = int64_t{1} << 50;

class CostChecker {
 public:
  CostChecker(const Score& score, const std::filesystem::path& file)
      : score_(score), cost_(score.cost), file_(file) {}

  std::vector<Problem> Run() {
    const double work = score_.status == Status::kOk ? kLeastWork : 0;
    CheckSeconds("wall_seconds", cost_.wall_seconds, work);
    CheckSeconds("cpu_seconds", cost_.cpu_seconds, LeastBeside(work));
    CheckSeconds("gpu_seconds", cost_.gpu_seconds, IsOnCpu() ? 0 : LeastBeside(work));
    CheckSeconds("total_seconds", cost_.total_seconds, 0);
    CheckWhatIsMeasured();
    CheckTotal();
    CheckProcessors();
    CheckStages();
    CheckMemory();
    return std::move(problems_);
  }

 private:
  template <class... Args>
  void Add(const std::string& path, fmt::format_string<Args...> format, Args&&... args) {
    problems_.push_back({file_, path, fmt::format(format, std::forward<Args>(args)...)});
  }

  bool IsOnCpu() const { return score_.numerics.device == "cpu"; }

  // Of a student that was made, in so much time on the clock.
  double LeastBeside(double work) const {
    return work > 0 ? std::max(work, kLeastShare * cost_.wall_seconds.value_or(0)) : 0;
  }

  void CheckSeconds(const char* name, std::optional<double> seconds, double least) {
    if (!seconds) return;
    const auto path = fmt::format("/cost/{}", name);
    if (*seconds > kMostSeconds) return Add(path, "{} must be at most {}", *seconds, kMostSeconds);
    if (least > 0 && *seconds < least) {
      return Add(path, "{} must be at least {}: a student was made{}", *seconds, least,
                 least > kLeastWork ? fmt::format(" in wall_seconds = {}", *cost_.wall_seconds)
                                    : std::string());
    }
    if (*seconds > 0 && *seconds < kLeastClock)
      Add(path, "{} must be 0 or at least {}", *seconds, kLeastClock);
  }

  // A cell that says the one and not the other is in no mean of costs, whatever it took.
  void CheckWhatIsMeasured() {
    if (IsOnCpu() && cost_.gpu_seconds.value_or(0) > 0) {
      Add("/cost/gpu_seconds", "{} must be null or 0, because the device is cpu",
          *cost_.gpu_seconds);
    }
    if (score_.status != Status::kOk || !cost_.wall_seconds) return;
    if (!cost_.cpu_seconds)
      Add("/cost/cpu_seconds", "must be a number, because wall_seconds is one");
    if (!IsOnCpu() && !cost_.gpu_seconds) {
      Add("/cost/gpu_seconds", "must be a number, because the device is {}",
          score_.numerics.device);
    }
  }

  // It counts all that the defender pays, and more.
  void CheckTotal() {
    if (!cost_.total_seconds || !cost_.wall_seconds) return;
    if (*cost_.total_seconds >= *cost_.wall_seconds * (1 - kSumRounding)) return;
    Add("/cost/total_seconds", "{} must be at least wall_seconds = {}", *cost_.total_seconds,
        *cost_.wall_seconds);
  }

  void CheckProcessors() {
    if (!cost_.wall_seconds) return;
    const double wall = *cost_.wall_seconds;
    const auto threads = static_cast<double>(score_.numerics.threads);
    const double most = wall * threads * kMostPerThread + kOfTheProcess;
    if (cost_.cpu_seconds && *cost_.cpu_seconds > most) {
      Add("/cost/cpu_seconds", "{} are too many for {} threads in wall_seconds = {}",
          *cost_.cpu_seconds, score_.numerics.threads, wall);
    }
    if (cost_.gpu_seconds && *cost_.gpu_seconds > wall * (1 + kSumRounding)) {
      Add("/cost/gpu_seconds", "{} must be at most wall_seconds = {}", *cost_.gpu_seconds, wall);
    }
  }

  // The stages that the defender runs are what wall_seconds is the sum of. Older scores name the
  // teacher's as well.
  void CheckStages() {
    double sum = 0;
    for (const auto& [label, seconds] : cost_.stages) {
      if (seconds > kMostSeconds)
        return Add("/cost/stages/" + label, "{} must be at most {}", seconds, kMostSeconds);
      if (!label.starts_with("teacher")) sum += seconds;
    }
    if (!cost_.wall_seconds || sum <= *cost_.wall_seconds * (1 + kSumRounding)) return;
    Add("/cost/stages", "{} seconds in all must be at most wall_seconds = {}", sum,
        *cost_.wall_seconds);
  }

  // 0: the system does not tell.
  void CheckMemory() {
    if (!cost_.peak_bytes || *cost_.peak_bytes == 0) return;
    if (*cost_.peak_bytes >= kLeastBytes && *cost_.peak_bytes <= kMostBytes) return;
    Add("/cost/peak_bytes", "{} must be 0 or lie in [{}, {}]", *cost_.peak_bytes, kLeastBytes,
        kMostBytes);
  }

  const Score& score_;
  const Cost& cost_;
  const std::filesystem::path& file_;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> CheckCost(const Score& score, const std::filesystem::path& file) {
  return CostChecker(score, file).Run();
}

}  // namespace dfkd
