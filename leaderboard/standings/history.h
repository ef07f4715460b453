// How the numbers of an entry moved: what stood after each day on which a result of it came, or
// took the place of an older one. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/scores/score.h"

namespace dfkd {

// A mean difference between two moments, over the cells that both have: what came in between moves
// a mean, and no number.
struct MovedBy {
  double mean = 0;
  int64_t cells = 0;
};

// What stood at the end of a day, over the cells of this entry alone. The standings are over those
// that all who are compared share, so their means may be others.
struct Moment {
  // "2026-11-28".
  std::string day;
  // Cells that came on this day, and cells in which a result gave way to another on it. One that
  // did both counts twice.
  int64_t added = 0, replaced = 0;
  // All that stood; of these the attacked ones that are Finished; of these where the ASR counts
  // (CountsForAsr).
  int64_t cells = 0, finished = 0, counted = 0;
  // Of the finished: attacks, and the teacher seeds of those that have fewest and most of them.
  int64_t attacks = 0, fewest_teachers = 0, most_teachers = 0;
  // Means over the finished and over the counted, weighed as in the standings (Design). Fractions;
  // absent for none.
  std::optional<double> acc, asr;
  // Against the moment before, over the cells that were finished, or counted, in both: absent for
  // none, and where there is no moment before.
  std::optional<MovedBy> acc_moved, asr_moved;
};

// Of very many moments the newest are told.
inline constexpr size_t kMostMoments = 50;

struct EntryHistory {
  std::string defense;
  // Oldest first; never empty.
  std::vector<Moment> moments;
  // How many there were before these.
  int64_t earlier = 0;
};

// By defence. `scores`: of one group, with what stood before them (Score::former). A result came on
// the day on which it joined others of its cell, else on that on which it was computed. What was on
// another track than the newest result of its cell stood in another table, and is left out.
std::vector<EntryHistory> HistoriesOf(const std::vector<const Score*>& scores);

}  // namespace dfkd
