// Scores by matrix, by group, by defence: what is compared with what, and who is best.
#pragma once
#include <compare>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/scores/score.h"
#include "leaderboard/standings/statistics.h"

namespace dfkd {

struct ScoredMatrix {
  std::string name, summary;
  // By cell.
  std::vector<Score> scores;
  // What its file plans, with and without a score; empty: unknown.
  std::vector<Cell> planned;
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
// undefended student.
std::vector<Cell> PlannedIn(const ScoredMatrix& matrix, const Group& group);

// One defence over the cells that are compared: never different ones for different defences.
struct Standing {
  std::string defense;
  bool control = false, attack_aware = false;
  // Attacked cells whose teacher passed the gate. What is planned and has no score is not
  // finished.
  int64_t finished = 0, planned = 0;
  // Of the finished ones: a low ASR there is no defence.
  int64_t collapsed = 0;
  // By worst; none: controls, unfinished, collapsed.
  std::optional<int64_t> rank;
  // Over the shared cells.
  std::optional<Summary> acc;
  // Over those in which the undefended student is backdoored.
  std::optional<Summary> asr;
  // ASR over all shared: mean over seeds, largest over attacks.
  std::optional<double> worst;
  std::string worst_attack;
  // To the control, over the cells of asr.
  std::optional<double> der;
  // What a cell costs on average, in seconds of `device`, "CPU" or "GPU" (ComparedSeconds), and in
  // relation to the control; absent where cells were computed on both.
  std::optional<double> seconds, relative_seconds;
  std::string device;
  // The same on the clock, of machines that others may share.
  std::optional<double> wall_seconds;
  std::vector<std::pair<double, double>> singles;  // (asr, acc)
  // 95 % interval of the ASR of the first in the table minus this one's, over the cells of asr.
  // Absent for the first, and where fewer than five teachers under attack were compared.
  std::optional<Interval> behind;
};

struct Standings {
  // By rank; those without one at the end.
  std::vector<Standing> rows;
  // (attack, seeds): compared; behind the gate.
  int64_t shared = 0, planned = 0;
  // Of the shared: the undefended student carries the backdoor.
  int64_t transferred = 0;
  // Of the transferred: by how many (attack, teacher seed) they differ. Students of one teacher say
  // much the same.
  int64_t teachers = 0;
};

// `scores`: of one group. `planned`: what should be among them (PlannedIn).
Standings StandingsOf(const std::vector<const Score*>& scores,
                      const std::vector<Cell>& planned = {});

}  // namespace dfkd
