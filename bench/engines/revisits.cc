#include "bench/engines/revisits.h"

#include <algorithm>

namespace dfkd {

void Revisits::Postpone(StageId id, Clock::time_point now) {
  Forget(id);
  auto& pause = pauses_[id];
  pause = std::clamp(2 * pause, pause_, most_ * pause_);
  due_.emplace(id, now + pause);
  by_time_.emplace(now + pause, id);
}

void Revisits::Forget(StageId id) {
  const auto found = due_.find(id);
  if (found == due_.end()) return;
  by_time_.erase({found->second, id});
  due_.erase(found);
}

std::optional<Revisits::Clock::time_point> Revisits::Soonest() const {
  return by_time_.empty() ? std::nullopt : std::optional(by_time_.begin()->first);
}

StageId Revisits::MostImportantDue(const ReadyQueue& queue, Clock::time_point now) const {
  StageId most = kNoStage;
  for (const auto& [at, id] : by_time_) {
    if (now < at) break;
    if (most == kNoStage || queue.IsMoreImportant(id, most)) most = id;
  }
  return most;
}

}  // namespace dfkd
