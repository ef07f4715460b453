// What a run would do and why, before it does it: for `plan`.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bench/matrix/plan.h"
#include "bench/store/history.h"
#include "bench/store/store.h"

namespace dfkd {

// A stage that would run, and the reason, one line for people.
struct DueStage {
  StageId stage = kNoStage;
  std::string why;
};

struct Forecast {
  size_t total = 0, shared = 0, references = 0;  // stages; shared: wanted by more than one cell
  size_t cached = 0;
  std::vector<DueStage> needed;    // in plan order
  std::vector<DueStage> shut_out;  // would be needed, but their gate failed
  std::vector<StageId> gone;       // published once, deleted since, and not needed at present
  // Work left, in seconds of one slot; the stages of which nothing was ever measured are counted
  // apart.
  double seconds = 0;
  size_t unmeasured = 0;
  // What the cells would cost one by one, over what they cost together; in expected seconds if all
  // are known, else in stages.
  double ratio = 1;
  bool ratio_in_seconds = false;
};

// Reads manifests, failures and descriptions in the store; changes nothing. Throws Error (io).
Forecast MakeForecast(const Plan& plan, Store& store, bool ignore_gate = false);

// Where two descriptions differ, as JSON pointers, parents only where all below is new: "/seed",
// "/inputs/teacher".
std::vector<std::string> Differences(const Json& before, const Json& after);

}  // namespace dfkd
