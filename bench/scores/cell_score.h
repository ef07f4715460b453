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

}  // namespace dfkd
