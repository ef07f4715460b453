// What a plan took, by entry: from the history of the store, and from the attempts of workers.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "bench/core/json.h"
#include "bench/engines/slurm_attempts.h"
#include "bench/matrix/plan.h"
#include "bench/store/history.h"

namespace dfkd {

struct Bill {
  // Of all stages of the plan that were ever published and measured, as often as they were, whoever
  // computed them; of these, those that no cell of its own wants.
  double seconds = 0, reference_seconds = 0;
  // "attack", "distiller", "defense" -> id of an entry -> seconds. A stage that cells of several
  // entries share counts for each of them by an equal part: every axis has the same sum.
  std::map<std::string, std::map<std::string, double>> by;
  // Hours that the attempts asked for, as AccountOf, and those of them in which they worked on what
  // they published. The rest is waiting, starting, and what was lost.
  double asked_gpu_hours = 0, used_gpu_hours = 0, asked_cpu_hours = 0, used_cpu_hours = 0;
};

// A stage is of the attempt on its host that had begun last by then.
Bill BillOf(const Plan& plan, const History& history, const std::vector<Attempt>& attempts);

// {"seconds", "reference_seconds", "by": {axis: {entry: seconds}}, "gpu_hours": {"asked", "used"},
// "cpu_hours": {…}}
Json DescribeBill(const Bill& bill);
// The same in a few lines for people.
std::string TellBill(const Bill& bill);

}  // namespace dfkd
