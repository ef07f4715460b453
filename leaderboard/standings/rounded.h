// Numbers as JSON, so that equal scores give equal bytes on every machine: the last digits of a
// double depend on it, these do not. What is absent or not finite is null.
#pragma once
#include <optional>

#include "bench/core/json.h"
#include "leaderboard/standings/statistics.h"

namespace dfkd {

// To six digits behind the point; never -0.
Json Rounded(std::optional<double> value);

// To four digits, wherever they stand: a p-value that is small is not 0.
Json RoundedP(std::optional<double> p);

// [low, high].
Json RoundedRange(const std::optional<Interval>& interval);

}  // namespace dfkd
