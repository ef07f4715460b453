// The answer in one sentence, as far as the standings allow one.
#pragma once
#include <string>
#include <vector>

#include "leaderboard/standings/standings.h"

namespace dfkd {

// A defence that a cell keeps from the ranks, beside the first of those that have one.
struct Lower {
  const Standing* row = nullptr;
  // Its mean ASR minus that of the first, over the cells that count and both finished; below 0.
  double difference = 0;
  // Whether this is proven.
  bool proven = false;
};

struct Headline {
  enum class Kind {
    // There is nothing to rank, or nobody finished without a collapse.
    kNone,
    // Fewer than three teacher seeds: the lowest mean ASR is told, and nobody is ranked.
    kFewTeachers,
    // Of no defence at all is it proven that its mean ASR is below the control's.
    kNoneHelps,
    // `best` has the lowest mean ASR. `unproven` says which of them may be no better than the
    // control; without a control nothing is said of that.
    kBest,
  };
  Kind kind = Kind::kNone;
  // The first in rank, with all that cannot be told apart from it; of kFewTeachers the one with the
  // lowest mean. By mean.
  std::vector<const Standing*> best;
  // Null if there is none, or if it has no cell in common with the first of `best`.
  const Standing* control = nullptr;
  // With a control: the mean ASR of the first of `best` minus the control's over the cells that
  // count and both finished, and how many these are. Where they are fewer than those of one of
  // them, the means of the two are over different cells, and their difference says nothing.
  double difference = 0;
  int64_t cells = 0;
  bool same_cells = false;
  // Of all defences, which the control and the references are not: with a rank, and all.
  int64_t ranked = 0, defenses = 0;
  // Of `best`: those of which nobody proved that they are better than the control.
  std::vector<std::string> unproven;
  // Of all defences that did not collapse: those proven to be better than the control.
  std::vector<std::string> proven;
  // Of all defences: those proven to have a higher mean ASR than the control.
  std::vector<std::string> worse;
  // Ranked apart, with a lower mean ASR than the first of `best` where both finished, and proven to
  // be better than it or than the control: one missing cell must not hide a winner.
  std::vector<Lower> apart;
  // Without a rank, because students collapsed, with a lower mean ASR than the first of `best`
  // where both finished: whoever reads the table sees them, and it is told why they are not the
  // answer. Nothing of them is a proof that they defend.
  std::vector<Lower> collapsed;
  // No defence has finished all planned cells, the most is `most`: an answer so far.
  bool so_far = false;
  int64_t most = 0;
};

// Points into `standings`.
Headline HeadlineOf(const Standings& standings);

}  // namespace dfkd
