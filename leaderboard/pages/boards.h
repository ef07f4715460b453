// What all pages are made of: matrices with the groups of comparable cells in them, and the
// standings of each, computed once.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "leaderboard/standings/standings.h"

namespace dfkd::site {

struct GroupBoard {
  Group group;
  std::vector<const Score*> scores;
  // Of the group, with and without a score.
  std::vector<Cell> planned;
  Standings standings;
  // Of other tracks, with the same data set, networks and distiller: the undefended student and the
  // KD loss at temperature 1, as far as the group has no scores of its own of these (IsReference).
  std::vector<const Score*> pinned = {};
  // By id the plugins of defences, scored or not, where the file of the matrix names them apart.
  std::map<std::string, std::string> defense_plugins = {};
};

// Points into `matrix`.
struct Board {
  const ScoredMatrix* matrix = nullptr;
  std::string file;  // FileOf
  std::vector<GroupBoard> groups;
  // Planned cells without a score.
  std::vector<Cell> absent;
  // When the youngest of its scores was computed, "2026-11-28T17:00:00Z".
  std::string newest;
};

Board BoardOf(const ScoredMatrix& matrix);
// Those that prove something first.
std::vector<Board> BoardsOf(const std::vector<ScoredMatrix>& matrices);

// Of cells without a score no table lists more: a plan may have a million.
inline constexpr size_t kMostAbsent = 20000;
struct AbsentCell {
  const Cell* cell = nullptr;
  // "" if nobody knows: nothing of its group has a score.
  std::string track;
};
// The first of them. Points into `board`.
std::vector<AbsentCell> ListedAbsent(const Board& board);

// "2026-11-28": of the youngest score of all.
std::string NewestOf(const std::vector<Board>& boards);

// What is fixed in a group, for templates: dataset, teacher_network, student_network, distiller,
// track, and that in words as track_text.
Json GroupNames(const Group& group);
// "<file>/<data set>/…": unique in the site, made of names alone, so that links stay right. Of
// groups whose safe names are alike (z-k, z_k) each after the first has one '~' more at the end.
std::string GroupAnchor(const Board& board, const Group& group);

}  // namespace dfkd::site
