#include "leaderboard/standings/rounded.h"

#include <fmt/format.h>

#include <cmath>

namespace dfkd {
namespace {

// Beyond it a millionth cannot be counted.
constexpr double kLargestRounded = 1e300;

}  // namespace

Json Rounded(std::optional<double> value) {
  if (!value || !std::isfinite(*value) || std::abs(*value) > kLargestRounded) return nullptr;
  const double rounded = std::round(*value * 1e6) / 1e6;
  return rounded == 0 ? 0.0 : rounded;
}

Json RoundedP(std::optional<double> p) {
  if (!p || !std::isfinite(*p)) return nullptr;
  return std::stod(fmt::format("{:.4g}", *p));
}

Json RoundedRange(const std::optional<Interval>& interval) {
  if (!interval) return nullptr;
  return Json::array({Rounded(interval->low), Rounded(interval->high)});
}

}  // namespace dfkd
