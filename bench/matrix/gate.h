// The gate: an attack enters a comparison only if its teacher carries the backdoor and still does
// its task.
#pragma once
#include <optional>
#include <string>

#include "bench/matrix/plan.h"
#include "bench/store/store.h"

namespace dfkd {

struct GateResult {
  double teacher_acc = 0, clean_acc = 0;
  std::optional<double> teacher_asr;  // absent: no image to count
  double lowest_asr = 0;              // of this teacher
  bool carries_backdoor = false, does_its_task = false, passed = false;  // passed: both
};

// Reads evaluation.json ({"clean": [k, n], "target": [k, n] | null, …}) of both evaluations. Throws
// Error (io) if one of them is missing or damaged, Error if it is not an evaluation.
GateResult EvaluateGate(Store& store, const Plan& plan, const Gate& gate);

// A gate for whoever has no plan at hand.
struct GateRefs {
  std::string teacher, clean;  // the evaluations
  AttackGate attack;
  double largest_acc_drop = 0;
};
GateResult EvaluateGate(Store& store, const GateRefs& gate);

}  // namespace dfkd
