// A score beside a second computation of its cell: do they say the same?
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bench/scores/score.h"
#include "leaderboard/standings/statistics.h"

namespace dfkd {

struct CheckedNumber {
  std::string name;  // "student ASR"
  // In images. Absent: the score has none.
  std::optional<Count> claimed, again;
  // 95 %, Wilson, of what is claimed.
  std::optional<Interval> interval;
  // Whether the second is the same, and whether it lies in the interval.
  bool equal = false, inside = false;
};

struct Verification {
  std::vector<CheckedNumber> numbers;
  // Equal digests: nothing differs but cost, version and date.
  bool identical = false;
  // Computed with the same profile, kind of device and number of threads, reproducibly, and by code
  // of the same commit: then a second computation has the same numbers on the same kind of
  // processor.
  bool same_numerics = false;
  // Whether the score is confirmed: identical; or with the same status, every number inside its
  // interval, and all else that it says the same: with the same numerics every member but cost and
  // provenance, with others those that numbers do not move.
  bool confirmed = false;
  // Why it is not, one line.
  std::string reason;
};

// `floor`: whether the floor is of this cell alone. A matrix of several teacher seeds takes the
// clean teacher of another seed for attacks that were made with the help of their own. Both were
// computed from the same keys (OtherStage).
Verification Verify(const Score& claimed, const Score& again, bool floor = true);

// The stage whose key says that `again` was computed from something else than the score says: other
// options, revisions or images; "" if no stage that both name does.
std::string OtherStage(const Score& claimed, const Score& again);

Json ToJson(const Verification& verification);
// A line a number, and the verdict.
std::string ToText(const Verification& verification);

}  // namespace dfkd
