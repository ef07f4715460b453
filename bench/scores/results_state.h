// Committed results against today's plan: which still stand, which are to be computed.
#pragma once
#include <string>
#include <vector>

#include "bench/matrix/plan.h"
#include "bench/scores/results_file.h"

namespace dfkd {

// SHA-256 of the keys that the score of a cell is read from: teacher, student, their evaluations,
// floor and undefended student, what judges a dormant attack, and what detectors say. Where a
// distillation is cut, and so which other cells are planned beside it, makes no difference.
std::string PlanDigest(const Plan& plan, const PlannedCell& cell);

// Whether a result says nothing but that the computation failed or ran out of time.
bool IsToRepeat(Status status);

// kFailed: of today's keys, and to be repeated. What science ended (diverged, an attack that failed
// the gate) is current. A result of today's keys is stale if one of other keys joined after it: it
// is the newest that sites show.
enum class ResultState { kMissing, kStale, kFailed, kCurrent };
// "missing", "stale", "failed", "current".
const char* Name(ResultState state);

struct CellResult {
  const PlannedCell* cell = nullptr;
  ResultState state = ResultState::kMissing;
  // The result of today's keys, else the newest of the cell; null: there is none.
  const CommittedResult* result = nullptr;
  // Stale: what has changed since; failed: the status of the result; else empty.
  std::string why;
};

// Of every cell of the plan, those first that wait longest: missing ones in the plan's order, then
// stale ones by the age of their results, then failed and then current ones in the plan's order:
// one that always fails keeps nothing waiting. What is returned points into both arguments.
std::vector<CellResult> StatesOf(const Plan& plan, const std::vector<CommittedResult>& results);

}  // namespace dfkd
