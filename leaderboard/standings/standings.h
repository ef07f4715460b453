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
  int64_t finished = 0, planned = 0;  // attacked cells whose teacher passed the gate
  int64_t collapsed = 0;              // of the finished ones: a low ASR there is no defence
  std::optional<int64_t> rank;        // by worst; none: controls, unfinished, collapsed
  std::optional<Summary> acc;         // over the shared cells
  std::optional<Summary> asr;         // over those in which the undefended student is backdoored
  std::optional<double> worst;        // ASR over all shared: mean over seeds, largest over attacks
  std::string worst_attack;
  std::optional<double> der;                          // to the control, over the cells of asr
  std::optional<double> wall_seconds, relative_wall;  // relative: to the control
  std::vector<std::pair<double, double>> singles;     // (asr, acc)
};

struct Standings {
  std::vector<Standing> rows;       // by rank; those without one at the end
  int64_t shared = 0, planned = 0;  // (attack, seeds): compared; behind the gate
  int64_t transferred = 0;          // of the shared: the undefended student carries the backdoor
};
Standings StandingsOf(const std::vector<const Score*>& scores);

}  // namespace dfkd
