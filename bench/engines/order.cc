#include "bench/engines/order.h"

#include <algorithm>

#include "bench/engines/board.h"
#include "bench/engines/scheduler.h"

namespace dfkd {
namespace {

// How many needed stages wait for each, directly or not; by StageId. Each is counted by walking
// from it to all that wait: few stages have many of these.
class Dependants {
 public:
  Dependants(const Plan& plan, const std::vector<StageId>& needed, bool ignore_gate)
      : users_(plan.stages.size()), seen_(plan.stages.size(), kNoStage) {
    std::vector<bool> is_needed(plan.stages.size());
    for (const auto id : needed) is_needed[id] = true;
    for (const auto id : needed) {
      for (const auto need : NeedsOf(plan.At(id), ignore_gate)) {
        if (is_needed[need]) users_[need].push_back(id);
      }
    }
  }

  size_t Count(StageId id) {
    size_t count = 0;
    open_ = users_[id];
    while (!open_.empty()) {
      const auto user = open_.back();
      open_.pop_back();
      if (std::exchange(seen_[user], id) == id) continue;
      ++count;
      open_.insert(open_.end(), users_[user].begin(), users_[user].end());
    }
    return count;
  }

 private:
  std::vector<std::vector<StageId>> users_;
  std::vector<StageId> seen_;  // from which stage it was last reached
  std::vector<StageId> open_;
};

// Its bits have nothing in common with those of its neighbours (splitmix64).
uint64_t Scattered(uint64_t number) {
  number += 0x9e3779b97f4a7c15;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
  number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
  return number ^ (number >> 31);
}

}  // namespace

std::vector<StageId> ByPriority(const Plan& plan, const std::vector<StageId>& needed,
                                const History& history, bool ignore_gate, uint64_t worker) {
  struct Priority {
    size_t dependants = 0;
    double cost = 0;
    uint64_t tie = 0;
  };
  Dependants dependants(plan, needed, ignore_gate);
  std::vector<Priority> priorities(plan.stages.size());
  for (const auto id : needed) {
    const auto& stage = plan.At(id);
    priorities[id] = {dependants.Count(id), ExpectedSeconds(stage, history).value_or(stage.work),
                      worker == 0 ? 0 : Scattered(worker ^ Scattered(id))};
  }
  auto order = needed;
  std::stable_sort(order.begin(), order.end(), [&](StageId a, StageId b) {
    const auto &of_a = priorities[a], &of_b = priorities[b];
    if (of_a.dependants != of_b.dependants) return of_a.dependants > of_b.dependants;
    return of_a.cost != of_b.cost ? of_a.cost > of_b.cost : of_a.tie < of_b.tie;
  });
  return order;
}

}  // namespace dfkd
