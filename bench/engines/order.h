// In which order ready stages run.
#pragma once
#include <cstdint>
#include <vector>

#include "bench/matrix/plan.h"
#include "bench/store/history.h"

namespace dfkd {

// `needed` (in plan order) with the most important first: what most others wait for, then what is
// expected to take longest, then what the plan has first. The second keeps a long stage from
// running alone at the end; rounds stand in for seconds where nothing was measured yet.
//
// `worker` puts what is equal in the first two into another order for each number but 0: workers
// that share a store else all ask for the same stage, of which one gets it.
std::vector<StageId> ByPriority(const Plan& plan, const std::vector<StageId>& needed,
                                const History& history, bool ignore_gate, uint64_t worker = 0);

}  // namespace dfkd
