// The gate: an attack enters a comparison only if its teacher carries the backdoor and still does
// its task. Whether it carries one shows in the teacher itself or, where the attack is dormant, in
// a student of the teacher on clean data (AttackGate::student_by).
#pragma once
#include <optional>
#include <string>

#include "bench/matrix/plan.h"
#include "bench/store/store.h"

namespace dfkd {

struct GateResult {
  double teacher_acc = 0, clean_acc = 0;
  std::optional<double> asr;  // of the model that is judged; absent: no image to count
  double lowest_asr = 0;      // of this model
  bool carries_backdoor = false, does_its_task = false, passed = false;  // passed: both
};

// Reads evaluation.json ({"clean": [k, n], "target": [k, n] | null, …}) of the evaluations. Throws
// Error (io) if one of them is missing or damaged, Error if it is not an evaluation.
GateResult EvaluateGate(Store& store, const Plan& plan, const Gate& gate);

// For people: "the teacher's", or "the teacher's clean_kd student's".
std::string WhoIsJudged(const Gate& gate);

// A gate for whoever has no plan at hand.
struct GateRefs {
  std::string teacher, clean;  // the evaluations
  AttackGate attack;
  double largest_acc_drop = 0;
  std::string judged = {};  // the evaluation whose ASR counts; empty: the teacher's
};
GateResult EvaluateGate(Store& store, const GateRefs& gate);

}  // namespace dfkd
