#include "bench/engines/order.h"

#include <algorithm>
#include <set>

#include "bench/engines/board.h"
#include "bench/engines/scheduler.h"

namespace dfkd {
namespace {

// How many needed stages wait for each, directly or not.
std::map<std::string, size_t> CountDependants(const Plan& plan,
                                              const std::vector<std::string>& needed,
                                              bool ignore_gate) {
  std::map<std::string, std::set<std::string>> dependants;
  for (const auto& ref : needed) dependants[ref];
  // Users come after what they use, so from the end each set is complete when it is handed on.
  for (auto user = needed.rbegin(); user != needed.rend(); ++user) {
    for (const auto& need : NeedsOf(plan.At(*user), ignore_gate)) {
      const auto found = dependants.find(need);
      if (found == dependants.end()) continue;
      found->second.insert(*user);
      found->second.insert(dependants[*user].begin(), dependants[*user].end());
    }
  }
  std::map<std::string, size_t> counts;
  for (const auto& [ref, users] : dependants) counts[ref] = users.size();
  return counts;
}

}  // namespace

std::vector<std::string> ByPriority(const Plan& plan, const std::vector<std::string>& needed,
                                    const History& history, bool ignore_gate) {
  const auto dependants = CountDependants(plan, needed, ignore_gate);
  std::map<std::string, double> cost;
  for (const auto& ref : needed) {
    cost[ref] = ExpectedSeconds(plan.At(ref), history).value_or(plan.At(ref).work);
  }
  auto order = needed;
  std::stable_sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
    const size_t of_a = dependants.at(a), of_b = dependants.at(b);
    return of_a != of_b ? of_a > of_b : cost.at(a) > cost.at(b);
  });
  return order;
}

}  // namespace dfkd
