// Over which cells the defences of a group are compared. Never a mean over different ones: those
// who finished everything are compared over everything, and who did not is told with the count.
#pragma once
#include <compare>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "bench/scores/score.h"
#include "leaderboard/standings/design.h"

namespace dfkd {

// A cell of a group but for the defence.
struct GroupCell {
  std::string attack;
  int64_t teacher_seed = 0, student_seed = 0;
  auto operator<=>(const GroupCell&) const = default;
};
GroupCell PlaceOf(const Score& score);

// Whether the defence is the undefended student.
bool IsControl(const Score& score);
// Whether it is what every defence should be better than, for it costs nothing: the undefended
// student, or the KD loss at temperature 1.
bool IsReference(const Score& score);

// Ended well, with an accuracy and under an attack with an ASR.
bool Finished(const Score& score);

struct Support {
  using Cells = std::map<GroupCell, const Score*>;
  // Cells under an attack and behind the gate, finished or not.
  std::map<std::string, Cells> by_defense;
  // What should have been finished: where any defence has a score, and what the matrix plans. A
  // cell without a score is a cell that did not end, or whoever leaves out the worst attack would
  // win.
  std::set<GroupCell> planned;
  // Those who are compared with each other over `places`. They finished all that is planned. Only
  // if no defence but the references (IsReference) did: all that finished nine tenths of what the
  // best of them finished, over what they share.
  std::set<std::string> compared;
  std::set<GroupCell> places;
  // Those who finished nine tenths of what is planned where others finished all. They are compared
  // with the others over what they finished, and ranked apart.
  std::set<std::string> nearly;
  // Of the places, where the ASR counts (CountsForAsr of every finished score there).
  std::set<GroupCell> counted;
  // Attacks that are left out of all these (the second ones stay in `planned`), because fewer of
  // their teachers than an interval needs are behind the gate, or were finished by all that are
  // compared, while other attacks have enough.
  std::set<std::string> thin;
  // Attacks that have places and are left out of `counted` alone: the ASR counts nowhere, or, while
  // others have enough, for fewer teachers than an interval needs.
  std::set<std::string> not_transferred;
};

// `scores`: of one group. `cells`: what is planned of it.
Support SupportOf(const std::vector<const Score*>& scores, const std::vector<Cell>& cells);

// What a defence is averaged over: the places, for one of `nearly` those that it finished; none for
// anybody else.
std::vector<GroupCell> PlacesOf(const Support& support, const std::string& defense);

// The attacks of these in the order of their names, and units whose strata are their positions.
std::vector<std::string> AttacksOf(const std::vector<GroupCell>& places);
std::vector<Design::Unit> UnitsOf(const std::vector<GroupCell>& places);

}  // namespace dfkd
