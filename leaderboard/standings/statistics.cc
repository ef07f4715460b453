#include "leaderboard/standings/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "bench/core/error.h"

namespace dfkd {
namespace {

constexpr double kZ = 1.959963984540054;  // 97.5 % quantile of the normal distribution

double Mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

Interval Wilson(int64_t hits, int64_t of) {
  DFKD_CHECK(of > 0 && hits >= 0 && hits <= of);
  const double n = static_cast<double>(of), p = static_cast<double>(hits) / n, zz = kZ * kZ;
  const double center = (p + zz / (2 * n)) / (1 + zz / n);
  const double half = kZ / (1 + zz / n) * std::sqrt(p * (1 - p) / n + zz / (4 * n * n));
  // Exactly 0 and 1 at the ends, where rounding would leave a crumb.
  return {hits == 0 ? 0 : std::max(0.0, center - half),
          hits == of ? 1 : std::min(1.0, center + half)};
}

double DefenseEffectiveness(double asr_before, double asr_after, double acc_before,
                            double acc_after) {
  return (std::max(0.0, asr_before - asr_after) - std::max(0.0, acc_before - acc_after) + 1) / 2;
}

std::optional<double> TransferRatio(double student_asr, double teacher_asr) {
  if (teacher_asr <= 0) return std::nullopt;
  return student_asr / teacher_asr;
}

std::optional<Summary> Summarize(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  Summary summary{static_cast<int64_t>(values.size()), Mean(values), std::nullopt};
  if (values.size() < 2) return summary;
  double squares = 0;
  for (const double value : values) squares += (value - summary.mean) * (value - summary.mean);
  summary.sd = std::sqrt(squares / static_cast<double>(values.size() - 1));
  return summary;
}

}  // namespace dfkd
