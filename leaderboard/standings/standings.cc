#include "leaderboard/standings/standings.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "bench/scores/paid_cost.h"
#include "bench/scores/validity.h"

namespace dfkd {
namespace {

// A cell of a group but for the defence.
using Place = std::tuple<std::string, int64_t, int64_t>;

Place PlaceOf(const Score& score) {
  return {score.cell.attack, score.cell.teacher_seed, score.cell.student_seed};
}

bool IsControl(const Score& score) { return score.entries.at("defense").plugin == "none"; }

// Behind the gate, and under an attack: only such cells say something about a defence.
bool SpeaksOfDefense(const Score& score) {
  return score.entries.at("attack").plugin != "none" && score.status != Status::kAttackFailed &&
         score.status != Status::kNotApplicable;
}

bool Finished(const Score& score) {
  return score.status == Status::kOk && score.student && score.student->asr && score.student->acc;
}

bool Flagged(const Score& score, const char* flag) {
  return std::count(score.validity.begin(), score.validity.end(), flag) > 0;
}

using Cells = std::map<Place, const Score*>;

std::map<std::string, Cells> ByDefense(const std::vector<const Score*>& scores) {
  std::map<std::string, Cells> by_defense;
  for (const auto* score : scores) {
    if (SpeaksOfDefense(*score)) by_defense[score->cell.defense][PlaceOf(*score)] = score;
  }
  return by_defense;
}

size_t FinishedOf(const Cells& cells) {
  return std::count_if(cells.begin(), cells.end(),
                       [](const auto& cell) { return Finished(*cell.second); });
}

using Teacher = std::pair<std::string, int64_t>;  // attack, seed

Teacher TeacherOf(const Place& place) { return {std::get<0>(place), std::get<1>(place)}; }

std::set<Teacher> BehindTheGate(const std::vector<const Score*>& scores) {
  std::set<Teacher> closed;
  for (const auto* score : scores) {
    if (score->status == Status::kAttackFailed) closed.insert(TeacherOf(PlaceOf(*score)));
  }
  return closed;
}

// What should have been finished: where any defence has a score, and what the matrix plans. A cell
// without a score is a cell that did not end, or whoever leaves out the worst attack would win.
std::set<Place> PlannedPlaces(const std::map<std::string, Cells>& by_defense,
                              const std::vector<Cell>& cells, const std::set<Teacher>& closed) {
  std::set<Place> planned;
  for (const auto& [unused, scored] : by_defense) {
    for (const auto& [place, score] : scored) planned.insert(place);
  }
  for (const auto& cell : cells) {
    const Place place{cell.attack, cell.teacher_seed, cell.student_seed};
    if (cell.attack != "none" && !closed.contains(TeacherOf(place))) planned.insert(place);
  }
  return planned;
}

// Which defences are compared, and over which cells. Those that finished every cell, over every
// cell: one that diverged on the hardest attack must not hide that attack for the others. Only if
// no defence but the control did: all that finished something, over what they share.
struct Support {
  std::set<std::string> defenses;
  std::set<Place> places;
  std::set<Place> transferred;  // of the places: where the ASR counts (CountsForAsr)
};

// A place is out for all defences, so that all are averaged over the same cells.
void FindTransferred(const std::map<std::string, Cells>& by_defense, Support& support) {
  support.transferred = support.places;
  for (const auto& [unused, cells] : by_defense) {
    for (const auto& [place, score] : cells) {
      if (Finished(*score) && !CountsForAsr(*score)) support.transferred.erase(place);
    }
  }
}

bool IsControl(const Cells& cells) { return !cells.empty() && IsControl(*cells.begin()->second); }

Support SupportOf(const std::map<std::string, Cells>& by_defense, const std::set<Place>& planned) {
  Support support{{}, planned, {}};
  bool ranked = false;
  for (const auto& [defense, cells] : by_defense) {
    if (FinishedOf(cells) != planned.size()) continue;
    support.defenses.insert(defense);
    ranked |= !IsControl(cells);
  }
  if (ranked) return support;
  support.defenses.clear();
  for (const auto& [defense, cells] : by_defense) {
    if (FinishedOf(cells) == 0) continue;
    support.defenses.insert(defense);
    std::erase_if(support.places, [&cells = cells](const Place& place) {
      const auto found = cells.find(place);
      return found == cells.end() || !Finished(*found->second);
    });
  }
  return support;
}

void FindWorst(const std::map<std::string, std::vector<double>>& by_attack, Standing& row) {
  for (const auto& [attack, asr] : by_attack) {
    const double mean = Summarize(asr)->mean;
    if (row.worst && mean <= *row.worst) continue;
    row.worst = mean;
    row.worst_attack = attack;
  }
}

Standing StandingOf(const std::string& defense, const Cells& cells, const Support& support) {
  Standing row;
  row.defense = defense;
  std::vector<double> acc, asr, wall, seconds;
  std::set<std::string> devices;
  std::map<std::string, std::vector<double>> by_attack;
  for (const auto& [place, score] : cells) {
    row.control |= IsControl(*score);
    row.attack_aware |= score->entries.at("defense").attack_aware;
    if (!Finished(*score)) continue;
    ++row.finished;
    row.collapsed += Flagged(*score, "utility_collapse");
    if (!support.defenses.count(defense) || !support.places.count(place)) continue;
    acc.push_back(*score->student->acc);
    if (support.transferred.count(place)) asr.push_back(*score->student->asr);
    by_attack[score->cell.attack].push_back(*score->student->asr);
    row.singles.emplace_back(*score->student->asr, *score->student->acc);
    if (score->cost.wall_seconds) wall.push_back(*score->cost.wall_seconds);
    if (const auto compared = ComparedSeconds(*score)) seconds.push_back(*compared);
    devices.insert(ComparedDevice(*score));
  }
  row.acc = Summarize(acc);
  row.asr = Summarize(asr);
  if (const auto mean = Summarize(wall)) row.wall_seconds = mean->mean;
  if (devices.size() == 1) {
    row.device = *devices.begin();
    if (const auto mean = Summarize(seconds)) row.seconds = mean->mean;
  }
  FindWorst(by_attack, row);
  return row;
}

void CompareWithControl(const Cells& control, const Support& support, const Cells& cells,
                        Standing& row) {
  std::vector<double> der, relative;
  for (const auto& place : support.places) {
    const auto before = control.find(place), after = cells.find(place);
    if (before == control.end() || after == cells.end()) continue;
    if (!Finished(*before->second) || !Finished(*after->second)) continue;
    const auto& a = *before->second->student;
    const auto& b = *after->second->student;
    if (support.transferred.count(place)) {
      der.push_back(DefenseEffectiveness(*a.asr, *b.asr, *a.acc, *b.acc));
    }
    const auto cost_a = ComparedSeconds(*before->second), cost_b = ComparedSeconds(*after->second);
    const bool alike = ComparedDevice(*before->second) == ComparedDevice(*after->second);
    if (alike && cost_a && cost_b && *cost_a > 0) relative.push_back(*cost_b / *cost_a);
  }
  if (const auto mean = Summarize(der)) row.der = mean->mean;
  if (const auto mean = Summarize(relative)) row.relative_seconds = mean->mean;
}

// How surely the first is better than each of the others.
void CompareWithFirst(const std::map<std::string, Cells>& by_defense, const Support& support,
                      Standings& standings) {
  if (standings.teachers < static_cast<int64_t>(kFewestForInterval) || !standings.rows.front().rank)
    return;
  const auto& first = by_defense.at(standings.rows.front().defense);
  for (size_t i = 1; i < standings.rows.size(); ++i) {
    auto& row = standings.rows[i];
    if (!row.asr) continue;
    const auto& other = by_defense.at(row.defense);
    std::map<Teacher, std::vector<double>> differences;
    for (const auto& place : support.transferred) {
      differences[TeacherOf(place)].push_back(*first.at(place)->student->asr -
                                              *other.at(place)->student->asr);
    }
    std::vector<std::vector<double>> clusters;
    for (auto& [unused, cluster] : differences) clusters.push_back(std::move(cluster));
    row.behind = BootstrapMean(clusters);
  }
}

// Defences of the plan of which there is no score at all.
void AddAbsent(const std::vector<const Score*>& scores, const std::vector<Cell>& cells,
               Standings& standings) {
  if (standings.rows.empty()) return;
  std::set<std::string> known;
  for (const auto* score : scores) known.insert(score->cell.defense);
  for (const auto& cell : cells) {
    if (!known.insert(cell.defense).second) continue;
    Standing row;
    row.defense = cell.defense;
    row.control = cell.defense == "none";
    row.planned = standings.planned;
    standings.rows.push_back(std::move(row));
  }
}

// To the printed digit: what looks equal shares a rank.
int64_t Printed(const Standing& row) { return std::llround(1000 * *row.worst); }

void Rank(std::vector<Standing>& rows) {
  std::stable_sort(rows.begin(), rows.end(), [](const Standing& a, const Standing& b) {
    const auto order = [](const Standing& row) {
      return std::tuple(!row.worst, row.collapsed > 0, row.control, row.worst ? Printed(row) : 0);
    };
    return order(a) < order(b);
  });
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i].worst || rows[i].control || rows[i].collapsed) continue;
    const bool tie = i > 0 && rows[i - 1].rank && Printed(rows[i - 1]) == Printed(rows[i]);
    rows[i].rank = tie ? *rows[i - 1].rank : static_cast<int64_t>(i) + 1;
  }
}

}  // namespace

bool ScoredMatrix::demonstration() const {
  return std::any_of(scores.begin(), scores.end(),
                     [](const Score& score) { return score.demonstration; });
}

std::vector<ScoredMatrix> ByMatrix(std::vector<Score> scores) {
  std::stable_sort(scores.begin(), scores.end(), [](const Score& a, const Score& b) {
    return std::tie(a.matrix, a.cell) < std::tie(b.matrix, b.cell);
  });
  std::vector<ScoredMatrix> matrices;
  for (auto& score : scores) {
    if (matrices.empty() || matrices.back().name != score.matrix) {
      matrices.push_back({.name = score.matrix});
    }
    matrices.back().scores.push_back(std::move(score));
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
  // the undefended student does.
  std::map<std::string, std::set<std::string>> tracks;
  std::string usual;
  for (const auto& score : matrix.scores) {
    if (!inside(score.cell)) continue;
    tracks[score.cell.defense].insert(score.track);
    if (usual.empty() || IsControl(score)) usual = score.track;
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

Standings StandingsOf(const std::vector<const Score*>& scores, const std::vector<Cell>& cells) {
  const auto by_defense = ByDefense(scores);
  const auto planned = PlannedPlaces(by_defense, cells, BehindTheGate(scores));
  auto support = SupportOf(by_defense, planned);
  FindTransferred(by_defense, support);
  std::set<Teacher> teachers;
  for (const auto& place : support.transferred) teachers.insert(TeacherOf(place));
  const auto control = std::find_if(by_defense.begin(), by_defense.end(),
                                    [](const auto& one) { return IsControl(one.second); });
  Standings standings{.shared = static_cast<int64_t>(support.places.size()),
                      .planned = static_cast<int64_t>(planned.size()),
                      .transferred = static_cast<int64_t>(support.transferred.size()),
                      .teachers = static_cast<int64_t>(teachers.size())};
  for (const auto& [defense, scored] : by_defense) {
    auto row = StandingOf(defense, scored, support);
    row.planned = standings.planned;
    if (control != by_defense.end() && row.worst)
      CompareWithControl(control->second, support, scored, row);
    standings.rows.push_back(std::move(row));
  }
  AddAbsent(scores, cells, standings);
  Rank(standings.rows);
  if (!standings.rows.empty()) CompareWithFirst(by_defense, support, standings);
  return standings;
}

}  // namespace dfkd
