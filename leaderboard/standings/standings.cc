#include "leaderboard/standings/standings.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "bench/core/plugin_card.h"
#include "bench/scores/results_file.h"
#include "leaderboard/standings/entrant.h"

namespace dfkd {
namespace {

// Defences of the plan of which there is no score at all.
void AddAbsent(const std::vector<const Score*>& scores, const std::vector<Cell>& cells,
               Standings& standings) {
  if (standings.rows.empty()) return;
  std::set<std::string> known;
  for (const auto* score : scores) known.insert(score->cell.defense);
  for (const auto& cell : cells) {
    if (!known.insert(cell.defense).second) continue;
    standings.rows.push_back(
        {.defense = cell.defense, .control = cell.defense == "none", .planned = standings.planned});
  }
}

// A score that was never submitted leaves its row without a level.
void FillVerified(const std::vector<const Score*>& scores, std::vector<Standing>& rows) {
  std::map<std::string, std::vector<Verified>> states;
  std::set<std::string> unknown;
  for (const auto* score : scores) {
    const auto& defense = score->cell.defense;
    if (score->verified.empty()) {
      unknown.insert(defense);
    } else {
      states[defense].push_back(VerifiedFrom(score->verified));
    }
  }
  for (auto& row : rows) {
    const auto found = states.find(row.defense);
    if (found != states.end() && !unknown.contains(row.defense))
      row.verified = LevelOf(found->second);
  }
}

void Sort(const Support& support, std::vector<Standing>& rows) {
  std::stable_sort(rows.begin(), rows.end(), [&](const Standing& a, const Standing& b) {
    const auto order = [&](const Standing& row) {
      const auto by = row.asr ? row.asr->mean : row.worst.value_or(0);
      return std::tuple(row.cells == 0, row.collapsed > 0, !IsDefense(row), row.control,
                        support.nearly.contains(row.defense), by);
    };
    return order(a) < order(b);
  });
}

int64_t FewestTeachers(const std::set<GroupCell>& counted) {
  std::map<std::string, std::set<int64_t>> teachers;
  for (const auto& place : counted) teachers[place.attack].insert(place.teacher_seed);
  size_t fewest = teachers.empty() ? 0 : teachers.begin()->second.size();
  for (const auto& [unused, seeds] : teachers) fewest = std::min(fewest, seeds.size());
  return static_cast<int64_t>(fewest);
}

}  // namespace

bool ScoredMatrix::demonstration() const {
  return std::any_of(scores.begin(), scores.end(),
                     [](const Score& score) { return score.demonstration; });
}

std::vector<ScoredMatrix> ByMatrix(std::vector<Score> scores) {
  // Scores are large: each is moved once.
  std::vector<Score*> sorted;
  for (auto& score : scores) sorted.push_back(&score);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Score* a, const Score* b) {
    return std::tie(a->matrix, a->cell) < std::tie(b->matrix, b->cell);
  });
  std::vector<ScoredMatrix> matrices;
  for (auto* score : sorted) {
    if (matrices.empty() || matrices.back().name != score->matrix) {
      matrices.push_back({.name = score->matrix});
    }
    matrices.back().scores.push_back(std::move(*score));
  }
  return matrices;
}

Group GroupOf(const Score& score) {
  return {score.cell.dataset, score.cell.teacher_network, score.cell.student_network,
          score.cell.distiller, score.track};
}

std::vector<Cell> PlannedIn(const ScoredMatrix& matrix, const Group& group) {
  const auto inside = [&](const Cell& cell) {
    return cell.dataset == group.dataset && cell.distiller == group.distiller &&
           cell.teacher_network == group.teacher_network &&
           cell.student_network == group.student_network;
  };
  // A plan does not say which track a defence is on; its scores do, and for those without a score
  // what they need or the undefended student does.
  std::map<std::string, std::set<std::string>> tracks;
  std::string usual;
  for (const auto& score : matrix.scores) {
    if (!inside(score.cell)) continue;
    tracks[score.cell.defense].insert(score.track);
    if (usual.empty() || IsControl(score)) usual = score.track;
  }
  for (const auto& id : matrix.clean_defenses) {
    tracks.try_emplace(id, std::set<std::string>{Name(Track::kCleanSubset)});
  }
  std::vector<Cell> cells;
  for (const auto& cell : matrix.planned) {
    if (!inside(cell)) continue;
    const auto known = tracks.find(cell.defense);
    const bool here =
        known == tracks.end() ? usual == group.track : known->second.contains(group.track);
    if (here) cells.push_back(cell);
  }
  return cells;
}

std::map<Group, std::vector<const Score*>> ByGroup(const ScoredMatrix& matrix) {
  std::map<Group, std::vector<const Score*>> groups;
  for (const auto& score : matrix.scores) groups[GroupOf(score)].push_back(&score);
  return groups;
}

bool IsDefense(const Standing& row) { return !row.control && !row.reference; }

Standings StandingsOf(const std::vector<const Score*>& scores, const std::vector<Cell>& cells) {
  const auto support = SupportOf(scores, cells);
  const auto control =
      std::find_if(support.by_defense.begin(), support.by_defense.end(),
                   [](const auto& one) { return IsControl(*one.second.begin()->second); });
  const auto* undefended = control == support.by_defense.end() ? nullptr : &control->second;
  Standings standings{
      .shared = static_cast<int64_t>(support.places.size()),
      .planned = static_cast<int64_t>(support.planned.size()),
      .counted = static_cast<int64_t>(support.counted.size()),
      .teachers = FewestTeachers(support.counted),
      .thin = {support.thin.begin(), support.thin.end()},
      .not_transferred = {support.not_transferred.begin(), support.not_transferred.end()}};
  std::vector<Entrant> entrants;
  for (const auto& [defense, unused] : support.by_defense) {
    entrants.push_back(EntrantOf(support, defense));
    standings.rows.push_back(StandingOf(entrants.back(), support, undefended));
  }
  CompareEntrants(support, entrants, standings);
  FillVerified(scores, standings.rows);
  AddAbsent(scores, cells, standings);
  Sort(support, standings.rows);
  return standings;
}

bool ProvenLower(const Standings& standings, const std::string& a, const std::string& b) {
  return std::any_of(standings.pairs.begin(), standings.pairs.end(), [&](const Pair& pair) {
    if (!pair.holm || *pair.holm >= kLevel) return false;
    const auto &x = standings.entrants[pair.a], &y = standings.entrants[pair.b];
    const double difference = pair.difference->mean;
    return difference < 0 ? x == a && y == b : x == b && y == a;
  });
}

bool ProvenBetter(const Standings& standings, const std::string& a, const std::string& b) {
  const bool collapsed =
      std::any_of(standings.rows.begin(), standings.rows.end(),
                  [&](const Standing& row) { return row.defense == a && row.collapsed > 0; });
  return !collapsed && ProvenLower(standings, a, b);
}

}  // namespace dfkd
