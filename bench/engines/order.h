// In which order ready stages run.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "bench/matrix/plan.h"
#include "bench/store/history.h"

namespace dfkd {

// `needed` with the most important first: what most others wait for, then what is expected to take
// longest. The latter keeps a long stage from running alone at the end; rounds stand in for seconds
// where nothing was measured yet.
std::vector<std::string> ByPriority(const Plan& plan, const std::vector<std::string>& needed,
                                    const History& history, bool ignore_gate);

}  // namespace dfkd
