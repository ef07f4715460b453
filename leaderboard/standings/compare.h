// Two defences over the cells they share: pairs that differ in nothing but the defence.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bench/scores/score.h"
#include "leaderboard/standings/statistics.h"

namespace dfkd {

struct CellDifference {
  std::string matrix;
  // Its defense is `a`.
  Cell cell;
  // a minus b. `seconds` is of what is compared (ComparedSeconds), absent where a and b were
  // computed on different devices; wall_seconds is on the clock of machines that others may share.
  std::optional<double> acc, asr, seconds, wall_seconds;
  // Whether asr says something of the defences: the attack works, and reaches the student where
  // nobody defends it. Means leave the others out; they would flatter both.
  bool transferred = true;
  // What was subtracted.
  std::optional<double> acc_a, asr_a, acc_b, asr_b;
};

struct Unpaired {
  std::string matrix;
  // Its defense is the one that is missing.
  Cell cell;
  std::string reason;  // "no score", or the status and reason of the one there is
};

struct Comparison {
  std::string a, b;
  // In the order of matrix and cell.
  std::vector<CellDifference> cells;
  // asr is of the transferred.
  std::optional<Summary> acc, asr, seconds, wall_seconds;
  // Bootstrap over teachers, because students of one are not independent; absent below five.
  std::optional<Interval> acc_interval, asr_interval;
  std::vector<Unpaired> unpaired;
};

// Throws Error if the two share no cell in which both are ok (the message lists the defences there
// are), or cells of several matrices: these are different experiments, of which one is to be
// chosen.
Comparison CompareDefenses(const std::vector<Score>& scores, const std::string& a,
                           const std::string& b);

// A table for people; ends in a line break. Of many unpaired cells it names the first.
std::string ToText(const Comparison& comparison);
Json ToJson(const Comparison& comparison);

}  // namespace dfkd
