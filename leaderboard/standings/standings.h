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
  std::vector<Score> scores;  // by cell
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

// One defence over the cells that are compared: never different ones for different defences.
struct Standing {
  std::string defense;
  bool control = false, attack_aware = false;
  // Attacked cells whose teacher passed the gate.
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
  // relative_wall is to the control.
  std::optional<double> wall_seconds, relative_wall;
  std::vector<std::pair<double, double>> singles;  // (asr, acc)
};

struct Standings {
  // By rank; those without one at the end.
  std::vector<Standing> rows;
  // (attack, seeds): compared; behind the gate.
  int64_t shared = 0, planned = 0;
  // Of the shared: the undefended student carries the backdoor.
  int64_t transferred = 0;
};
Standings StandingsOf(const std::vector<const Score*>& scores);

}  // namespace dfkd
