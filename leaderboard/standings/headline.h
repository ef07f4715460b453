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
    // No defence has a lower worst case than the control, to the printed digit.
    kNoneHelps,
    // `best` has the lowest worst case.
    kBest,
  };
  Kind kind = Kind::kNone;
  // Of kBest and kNoneHelps: the first in rank, with all that share it.
  std::vector<const Standing*> best;
  // Absent if the control did not finish.
  const Standing* control = nullptr;
  // Of all defences but the control: with a rank, and all.
  int64_t ranked = 0, defenses = 0;
  // Ranked ones, and the control, from which the best cannot be told apart: the interval of the
  // difference reaches 0, or there are too few teachers for one.
  std::vector<std::string> not_apart;
};

// Points into `standings`.
Headline HeadlineOf(const Standings& standings);

}  // namespace dfkd
