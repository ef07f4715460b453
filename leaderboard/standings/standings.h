// Scores by matrix, by group, by defence: what is compared with what, and who is best.
//
// A defence is ranked by what its interval is of: the mean ASR over attacks. The worst case stands
// beside it.
#pragma once
#include <compare>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bench/scores/score.h"
#include "leaderboard/standings/ranking.h"
#include "leaderboard/standings/support.h"

namespace dfkd {

struct ScoredMatrix {
  std::string name, summary;
  // By cell.
  std::vector<Score> scores;
  // What its file plans, with and without a score; empty: unknown.
  std::vector<Cell> planned;
  // Ids of planned defences that are given clean data (CleanDefenses of its file).
  std::set<std::string> clean_defenses;
  // Its file, as it lies beside the scores; null: there is none.
  Json source = nullptr;
  bool demonstration() const;
};

std::vector<ScoredMatrix> ByMatrix(std::vector<Score> scores);

// Cells that may be compared: they differ in attack, defence and seeds only.
struct Group {
  std::string dataset, teacher_network, student_network, distiller, track;
  auto operator<=>(const Group&) const = default;
};
std::map<Group, std::vector<const Score*>> ByGroup(const ScoredMatrix& matrix);
Group GroupOf(const Score& score);

// The planned cells of a group. Defences of which there is no score are on the track of the
// undefended student, but for those that see clean data.
std::vector<Cell> PlannedIn(const ScoredMatrix& matrix, const Group& group);

// A defence's cost and numbers over the cells that it is compared over (Support). Fractions; all
// intervals are 95 % and absent with fewer than three teacher seeds of an attack.
struct Standing {
  std::string defense;
  // The undefended student; else, what costs nothing and every defence should be better than
  // (IsReference). Neither is a defence: they have no rank, and no sentence calls them best.
  bool control = false, reference = false;
  bool attack_aware = false;
  // L0 to L4 of all its results here (LevelOf), attacked or not; absent where any was never
  // submitted.
  std::optional<int> verified = {};
  // Attacked cells whose teacher passed the gate. What is planned and has no score is not
  // finished.
  int64_t finished = 0, planned = 0;
  // Of the finished ones: a low ASR there is no defence.
  int64_t collapsed = 0;
  // The numbers are over these; 0: there are none. Fewer than those of the others where some
  // failed: then the defence is ranked apart.
  int64_t cells = 0;

  // By asr; those that cannot be told apart from the first of their group share its rank unless
  // others are proven better (RanksOf). None: controls, references, unfinished, collapsed, fewer
  // than three teacher seeds.
  std::optional<int64_t> rank;
  // Ranks that are possible, 95 % for all of a table at once; where a further attack would put it,
  // with the probability in Standings, absent with a single attack, which says nothing of a
  // further one; the probability of the lowest ASR. With `rank` only.
  std::optional<RankRange> rank_interval, unseen_rank;
  std::optional<double> best_probability;
  // Of one that did not finish all but nine tenths: 1 + how many have a lower ASR over the cells
  // that both finished.
  std::optional<int64_t> rank_apart;
  // Whether no other has a higher ACC, a lower ASR and a lower cost at once, and the probability of
  // that. Among those with numbers over all cells, controls and references included, the collapsed
  // not; absent where a cost is unknown or of another device.
  std::optional<bool> on_front;
  std::optional<double> front_probability;

  // Over the cells.
  std::optional<Estimate> acc;
  // Over those in which the undefended student carries the backdoor, attacks weighing alike: ASR;
  // ASR minus floor; ASR in relation to the teacher's; DER in the frame of the undefended student,
  // of which it is a half by definition, without an interval. Of the last three `cells` says where
  // they are known.
  std::optional<Estimate> asr, above_floor, transfer, der;
  // ASR over all cells: mean over seeds, largest over attacks.
  std::optional<double> worst;
  std::optional<Interval> worst_interval;
  std::string worst_attack;
  // What a cell costs on average, in seconds of `device`, "CPU" or "GPU" (ComparedSeconds), and in
  // relation to the control; the first absent where cells were computed on both.
  std::optional<double> seconds, relative_seconds;
  std::string device;
  // How many of the cells these are over: where a cost is known; for the relation, of the control's
  // cell as well and on the same kind of device.
  int64_t cost_cells = 0, relative_cells = 0;
  // The same on the clock, of machines that others may share; absent unless it is known of all.
  std::optional<double> wall_seconds;
  std::vector<std::pair<double, double>> singles;  // (asr, acc)
};

struct Standings {
  // By rank; those without one at the end.
  std::vector<Standing> rows;
  // (attack, seeds): compared; behind the gate.
  int64_t shared = 0, planned = 0;
  // Of the shared: where the ASR counts, because the undefended student carries the backdoor.
  int64_t counted = 0;
  // Teacher seeds of the counted cells, of the attack that has the fewest.
  int64_t teachers = 0;
  // Attacks that are left out of all numbers, because they have too few teacher seeds; and of those
  // over the counted cells alone (Support).
  std::vector<std::string> thin, not_transferred;

  // Whose ASR is compared, control, references and those ranked apart included, and every pair of
  // them over the counted cells that both finished.
  std::vector<std::string> entrants;
  std::vector<Pair> pairs;
  // The mean difference that a table with these seeds finds with a probability of 80 %: between a
  // pair with the median error, at Holm's strictest level. Pairs that spread less are told apart at
  // less. Above 1 no difference would be found. Absent without intervals.
  std::optional<double> resolution;
  // With how many teacher seeds an attack it would be one percentage point, by the same test and
  // as long as seeds spread as they do here. With `resolution`.
  std::optional<int64_t> seeds_for_a_point;
  // SplitHalf and UnseenRanksOf of those that have a rank.
  std::optional<double> split_half;
  double unseen_probability = 0;
};

// Neither a control nor a reference: what is ranked and counted as a defence.
bool IsDefense(const Standing& row);

// `scores`: of one group. `planned`: what should be among them (PlannedIn).
Standings StandingsOf(const std::vector<const Score*>& scores,
                      const std::vector<Cell>& planned = {});

// All of it but the single cells; pairs by the ids of their defences, their difference the ASR of a
// minus that of b.
Json ToJson(const Standings& standings);

// Whether the pairs prove that `a` has a lower ASR than `b`. Ids of defences; false for unknown
// ones.
bool ProvenLower(const Standings& standings, const std::string& a, const std::string& b);

// Whether they prove that `a` defends better than `b`: its ASR is proven lower, and not because a
// student of it collapsed.
bool ProvenBetter(const Standings& standings, const std::string& a, const std::string& b);

}  // namespace dfkd
