#include "bench/engines/ready_queue.h"

#include <algorithm>

namespace dfkd {

ReadyQueue::ReadyQueue(const Plan& plan, bool ignore_gate)
    : plan_(plan),
      ignore_gate_(ignore_gate),
      rank_(plan.stages.size(), kUnneeded),
      open_needs_(plan.stages.size()),
      users_(plan.stages.size()) {}

void ReadyQueue::Reset(const std::vector<StageId>& order, const Board& board) {
  std::fill(rank_.begin(), rank_.end(), kUnneeded);
  std::fill(open_needs_.begin(), open_needs_.end(), 0);
  for (auto& users : users_) users.clear();
  ready_.clear(), unsettled_.clear();
  for (uint32_t rank = 0; rank < order.size(); ++rank) {
    const auto id = order[rank];
    rank_.at(id) = rank;
    for (const auto need : NeedsOf(plan_.At(id), ignore_gate_)) {
      users_.at(need).push_back(id);
      open_needs_[id] += board.at(need).state != StageState::kDone;
    }
    if (board.at(id).state == StageState::kWaiting) unsettled_.insert(id);
  }
}

void ReadyQueue::Changed(StageId id, StageState before, StageState now) {
  if (now != StageState::kWaiting) ready_.erase({rank_.at(id), id});
  if (now == StageState::kWaiting && IsNeeded(id)) unsettled_.insert(id);
  const bool was_done = before == StageState::kDone, is_done = now == StageState::kDone;
  const bool ended = is_done || now == StageState::kFailed || now == StageState::kBlocked ||
                     now == StageState::kSkipped;
  for (const auto user : users_.at(id)) {
    if (is_done && !was_done) --open_needs_[user];
    if (was_done && !is_done) {
      ++open_needs_[user];
      ready_.erase({rank_[user], user});
    }
    if (ended) unsettled_.insert(user);
  }
}

StageId ReadyQueue::TakeUnsettled() {
  if (unsettled_.empty()) return kNoStage;
  return unsettled_.extract(unsettled_.begin()).value();
}

void ReadyQueue::MayStart(StageId id) { ready_.insert({rank_.at(id), id}); }

StageId ReadyQueue::First() const { return ready_.empty() ? kNoStage : ready_.begin()->second; }

}  // namespace dfkd
