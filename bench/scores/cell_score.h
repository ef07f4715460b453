// The score of one cell, read from the artifacts that its stages left in the store.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "bench/matrix/plan.h"
#include "bench/scores/results.h"
#include "bench/scores/score.h"

namespace dfkd {

// What is scored, and by which program.
struct Scoring {
  const Matrix& matrix;
  const Plan& plan;
  const std::map<std::string, DataFacts>& data;
  std::string version;
  bool ignore_gate = false;
};

// Absent: the cell has come to no end yet, good or bad. Media are left to WriteScores.
std::optional<Score> ReadCellScore(const Scoring& scoring, const PlannedCell& cell,
                                   Results& results);

// What a score of a planned cell says otherwise than the plan of today: matrix, track, on what it
// was evaluated, plugins and options. One line, with what is allowed; "" if nothing is.
std::string WhyNotOfPlan(const Score& score, const Plan& plan, const PlannedCell& cell);

}  // namespace dfkd
