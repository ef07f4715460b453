// The answer in one sentence, as far as the standings allow one.
#pragma once
#include <string>
#include <vector>

#include "leaderboard/standings/standings.h"

namespace dfkd {

struct Headline {
  enum class Kind {
    // There is nothing to rank, or nobody finished without a collapse.
    kNone,
    // Some planned cells have no number for anybody: who is best over all of them is open.
    kUnfinished,
    // Fewer than three teacher seeds: the lowest mean ASR is told, and nobody is ranked.
    kFewTeachers,
    // Of no defence that is first in rank it is proven that its mean ASR is below the control's.
    kNoneHelps,
    // `best` has the lowest mean ASR, and at least the first of them a lower one than the control.
    kBest,
  };
  Kind kind = Kind::kNone;
  // The first in rank, with all that cannot be told apart from it; of kFewTeachers the one with the
  // lowest mean. By mean.
  std::vector<const Standing*> best;
  // Absent if it did not finish.
  const Standing* control = nullptr;
  // Of all defences but the control: with a rank, and all.
  int64_t ranked = 0, defenses = 0;
  // Of `best`: those of which nobody proved that they are better than the control.
  std::vector<std::string> unproven;
};

// Points into `standings`.
Headline HeadlineOf(const Standings& standings);

}  // namespace dfkd
