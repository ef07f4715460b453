// Which needed stages may start next, kept up to date while stages end: a change costs what depends
// on it, not a look at the whole plan.
#pragma once
#include <set>
#include <vector>

#include "bench/engines/board.h"

namespace dfkd {

class ReadyQueue {
 public:
  // The plan must outlive the queue.
  ReadyQueue(const Plan& plan, bool ignore_gate);

  // Begins anew with `order`, the needed stages, most important first; all of them that wait are
  // unsettled.
  void Reset(const std::vector<StageId>& order, const Board& board);

  // To be told of every change of a state, after it.
  void Changed(StageId id, StageState before, StageState now);

  // A waiting stage that must be looked at, because it or something it needs has changed: its needs
  // may have failed, its gate may be known to be shut. In plan order, so that what a failure
  // reaches is reached in one sweep. kNoStage: none is left.
  StageId TakeUnsettled();

  // Whether all that the stage needs is done (NeedsOf in board.h).
  bool NeedsAreDone(StageId id) const { return open_needs_.at(id) == 0; }
  // The stage was looked at and nothing is in its way.
  void MayStart(StageId id);

  // The most important of those that may start, kNoStage if there is none. It stays until its state
  // changes.
  StageId First() const;

  bool IsNeeded(StageId id) const { return rank_.at(id) != kUnneeded; }
  bool IsMoreImportant(StageId a, StageId b) const { return rank_.at(a) < rank_.at(b); }

 private:
  static constexpr uint32_t kUnneeded = UINT32_MAX;

  const Plan& plan_;
  const bool ignore_gate_;
  // By StageId.
  std::vector<uint32_t> rank_;                    // place in the order
  std::vector<uint32_t> open_needs_;              // that are not done
  std::vector<std::vector<StageId>> users_;       // needed stages that need it
  std::set<std::pair<uint32_t, StageId>> ready_;  // by rank
  std::set<StageId> unsettled_;
};

}  // namespace dfkd
