// When a number that is there should be read with care, and when it counts (docs/protocol.md).
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/scores/score.h"

namespace dfkd {

// What validity hangs on and a score does not hold.
struct Circumstances {
  bool teacher_from_file = false;
  // The student of the clean teacher, or the undefended one, was planned and failed for good.
  bool no_floor = false, no_undefended = false;
  // Absent: no such student, or no attack.
  std::optional<double> undefended_asr;
};

// The flags of a score whose status is ok; all else of it must be filled in but media.
std::vector<std::string> ValidityOf(const Score& score, const Circumstances& circumstances);

// Those flags that follow from the score itself, and whether they apply; nullopt: it keeps too
// little to tell (a line of results has no ACC of the classes).
std::map<std::string, std::optional<bool>> OwnFlags(const Score& score);

bool HasFlag(const Score& score, const std::string& flag);

// Whether an undefended student that reaches this ASR leaves nothing to defend against.
bool NotTransferred(double undefended_asr);

// Whether the ASR of the student says something of a defence, and so belongs in means over attacks
// and in differences between defences: there is one, under an attack that took (no ignored gate)
// and that is known to reach the undefended student. Means over others would flatter everyone.
bool CountsForAsr(const Score& score);

}  // namespace dfkd
