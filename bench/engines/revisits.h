// Stages that are left alone for a while, because somebody else works on them or is to, or because
// what they read was gone: when to look at each again.
#pragma once
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "bench/engines/ready_queue.h"

namespace dfkd {

class Revisits {
 public:
  using Clock = std::chrono::steady_clock;

  // How long a stage is left alone at first; every further time twice as long, up to `most` times
  // this.
  explicit Revisits(std::chrono::milliseconds pause, int most = 4) : pause_(pause), most_(most) {}

  void Postpone(StageId id, Clock::time_point now);
  // It need not be looked at again. How often it was put off is remembered.
  void Forget(StageId id);

  bool empty() const { return due_.empty(); }
  // The first moment at which one is due; nullopt if there is none.
  std::optional<Clock::time_point> Soonest() const;
  // Of those that are due the one that the queue puts first; kNoStage if none is. It stays.
  StageId MostImportantDue(const ReadyQueue& queue, Clock::time_point now) const;

 private:
  const std::chrono::milliseconds pause_;
  const int most_;
  std::map<StageId, Clock::time_point> due_;
  std::set<std::pair<Clock::time_point, StageId>> by_time_;  // the same
  std::map<StageId, std::chrono::milliseconds> pauses_;      // as they were last
};

}  // namespace dfkd
