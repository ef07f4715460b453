#include "leaderboard/standings/standings.h"

#include <algorithm>
#include <functional>
#include <set>
#include <tuple>

#include "bench/scores/paid_cost.h"
#include "leaderboard/standings/distributions.h"

namespace dfkd {
namespace {

using Cells = Support::Cells;
// What is measured in a cell; absent where it is unknown.
using Measure = std::function<std::optional<double>(const GroupCell&, const Score&)>;

bool Flagged(const Score& score, const char* flag) {
  return std::count(score.validity.begin(), score.validity.end(), flag) > 0;
}

std::optional<double> AsrOf(const GroupCell&, const Score& score) { return score.student->asr; }
std::optional<double> AccOf(const GroupCell&, const Score& score) { return score.student->acc; }
std::optional<double> SecondsOf(const GroupCell&, const Score& score) {
  return ComparedSeconds(score);
}

std::optional<double> AboveFloor(const GroupCell&, const Score& score) {
  if (!score.floor || !score.floor->asr) return std::nullopt;
  return *score.student->asr - *score.floor->asr;
}

std::optional<double> TransferOf(const GroupCell&, const Score& score) {
  if (!score.teacher || !score.teacher->asr) return std::nullopt;
  return TransferRatio(*score.student->asr, *score.teacher->asr);
}

// The undefended student of the same place; null if it did not finish.
const Score* Undefended(const Cells* control, const GroupCell& place) {
  if (!control) return nullptr;
  const auto found = control->find(place);
  return found != control->end() && Finished(*found->second) ? found->second : nullptr;
}

// A defence, the cells that its numbers are over, and those of them where the ASR counts.
struct Entrant {
  std::string defense;
  const Cells* cells = nullptr;
  std::vector<GroupCell> places, counted;

  const Score& At(const GroupCell& place) const { return *cells->at(place); }
};

Entrant EntrantOf(const Support& support, const std::string& defense) {
  Entrant entrant{defense, &support.by_defense.at(defense), PlacesOf(support, defense), {}};
  std::copy_if(entrant.places.begin(), entrant.places.end(), std::back_inserter(entrant.counted),
               [&](const GroupCell& place) { return support.counted.contains(place); });
  return entrant;
}

std::vector<double> ValuesOf(const Entrant& entrant, const std::vector<GroupCell>& places,
                             const Measure& measure) {
  std::vector<double> values;
  for (const auto& place : places) values.push_back(*measure(place, entrant.At(place)));
  return values;
}

// Over those of the places where the measure is known.
std::optional<Estimate> MeanOver(const Entrant& entrant, const std::vector<GroupCell>& places,
                                 const Measure& measure, double low, double high) {
  std::vector<GroupCell> known;
  std::vector<double> values;
  for (const auto& place : places) {
    const auto value = measure(place, entrant.At(place));
    if (!value) continue;
    known.push_back(place);
    values.push_back(*value);
  }
  if (known.empty()) return std::nullopt;
  auto estimate = Design(UnitsOf(known)).MeanOf(values);
  if (estimate.interval) estimate.interval = Within(*estimate.interval, low, high);
  return estimate;
}

void FillWorst(const Entrant& entrant, Standing& row) {
  const auto worst =
      Design(UnitsOf(entrant.places)).WorstOf(ValuesOf(entrant, entrant.places, AsrOf));
  row.worst = worst.mean;
  row.worst_attack = AttacksOf(entrant.places).at(worst.stratum);
  if (worst.interval) row.worst_interval = Within(*worst.interval, 0, 1);
}

void FillRowCost(const Entrant& entrant, const Cells* control, Standing& row) {
  std::vector<double> wall, seconds, relative;
  std::set<std::string> devices;
  for (const auto& place : entrant.places) {
    const auto& score = entrant.At(place);
    devices.insert(ComparedDevice(score));
    if (score.cost.wall_seconds) wall.push_back(*score.cost.wall_seconds);
    const auto compared = ComparedSeconds(score);
    if (compared) seconds.push_back(*compared);
    const auto* before = Undefended(control, place);
    if (!before || std::string(ComparedDevice(*before)) != ComparedDevice(score)) continue;
    const auto other = ComparedSeconds(*before);
    if (compared && other && *other > 0) relative.push_back(*compared / *other);
  }
  if (const auto mean = Summarize(wall)) row.wall_seconds = mean->mean;
  if (const auto mean = Summarize(relative)) row.relative_seconds = mean->mean;
  if (devices.size() != 1) return;
  row.device = *devices.begin();
  if (const auto mean = Summarize(seconds)) row.seconds = mean->mean;
}

void FillNumbers(const Entrant& entrant, const Cells* control, Standing& row) {
  row.cells = static_cast<int64_t>(entrant.places.size());
  if (entrant.places.empty()) return;
  row.acc = MeanOver(entrant, entrant.places, AccOf, 0, 1);
  row.asr = MeanOver(entrant, entrant.counted, AsrOf, 0, 1);
  row.above_floor = MeanOver(entrant, entrant.counted, AboveFloor, -1, 1);
  row.transfer = MeanOver(entrant, entrant.counted, TransferOf, 0, HUGE_VAL);
  const auto der = [&](const GroupCell& place, const Score& score) -> std::optional<double> {
    const auto* before = Undefended(control, place);
    if (!before) return std::nullopt;
    const auto &a = *before->student, &b = *score.student;
    return DefenseEffectiveness(*a.asr, *b.asr, *a.acc, *b.acc);
  };
  row.der = MeanOver(entrant, entrant.counted, der, 0, 1);
  FillWorst(entrant, row);
  FillRowCost(entrant, control, row);
  for (const auto& place : entrant.places) {
    const auto& student = *entrant.At(place).student;
    row.singles.emplace_back(*student.asr, *student.acc);
  }
}

Standing StandingOf(const Entrant& entrant, const Support& support, const Cells* control) {
  Standing row{.defense = entrant.defense, .planned = static_cast<int64_t>(support.planned.size())};
  for (const auto& [place, score] : *entrant.cells) {
    row.control |= IsControl(*score);
    row.attack_aware |= score->entries.at("defense").attack_aware;
    if (!Finished(*score) || !support.planned.contains(place)) continue;
    ++row.finished;
    row.collapsed += Flagged(*score, "utility_collapse");
  }
  FillNumbers(entrant, control, row);
  return row;
}

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

// --- who is better than whom

Column ColumnOf(const Entrant& entrant, const std::vector<GroupCell>& counted) {
  Column column;
  auto next = entrant.counted.begin();  // both are sorted
  for (const auto& place : counted) {
    const bool here = next != entrant.counted.end() && *next == place;
    column.push_back(here ? entrant.At(*next++).student->asr : std::nullopt);
  }
  return column;
}

double MedianError(const std::vector<Pair>& pairs) {
  std::vector<double> errors;
  for (const auto& pair : pairs) {
    if (pair.p) errors.push_back(*pair.difference->error);
  }
  std::sort(errors.begin(), errors.end());
  return errors.empty() ? 0 : errors[errors.size() / 2];
}

void FillPairs(const std::vector<Entrant>& entrants, const std::vector<GroupCell>& counted,
               Standings& standings) {
  std::vector<Column> columns;
  for (const auto& entrant : entrants) {
    if (entrant.counted.empty()) continue;
    standings.entrants.push_back(entrant.defense);
    columns.push_back(ColumnOf(entrant, counted));
  }
  const auto units = UnitsOf(counted);
  standings.pairs = AllPairs(units, columns);
  const auto tested = std::count_if(standings.pairs.begin(), standings.pairs.end(),
                                    [](const Pair& pair) { return pair.p.has_value(); });
  const auto degrees = Design(units).Degrees();
  if (tested == 0 || degrees == 0) return;
  standings.resolution = MedianError(standings.pairs) *
                         DetectableErrors(kLevel / static_cast<double>(tested), 0.8, degrees);
}

Standing& RowOf(Standings& standings, const std::string& defense) {
  return *std::find_if(standings.rows.begin(), standings.rows.end(),
                       [&](const Standing& row) { return row.defense == defense; });
}

// The pairs among some of the entrants, by their positions there; adjusted as in the whole table.
std::vector<Pair> PairsAmong(const Standings& standings, const std::vector<Entrant>& some) {
  const auto position = [&](size_t entrant) {
    return static_cast<size_t>(std::find_if(some.begin(), some.end(),
                                            [&](const Entrant& one) {
                                              return one.defense == standings.entrants[entrant];
                                            }) -
                               some.begin());
  };
  std::vector<Pair> pairs;
  for (auto pair : standings.pairs) {
    pair.a = position(pair.a), pair.b = position(pair.b);
    if (pair.a < some.size() && pair.b < some.size()) pairs.push_back(std::move(pair));
  }
  return pairs;
}

// By teacher seed, in the order of `teachers`.
Uncertain UncertainOf(const Entrant& entrant, const std::vector<GroupCell>& places,
                      const Measure& measure, double sign, const std::vector<int64_t>& teachers) {
  const Design design(UnitsOf(places));
  const auto values = ValuesOf(entrant, places, measure);
  Uncertain uncertain{sign * design.MeanOf(values).mean, std::vector<double>(teachers.size(), 0.0)};
  const auto contributions = design.Contributions(values);
  for (size_t t = 0; t < contributions.size(); ++t) {
    const auto at = std::lower_bound(teachers.begin(), teachers.end(), design.Teachers()[t]);
    uncertain.by_teacher[static_cast<size_t>(at - teachers.begin())] = sign * contributions[t];
  }
  return uncertain;
}

void FillRanks(const std::vector<Entrant>& ranked, const Design& counted, Standings& standings) {
  if (ranked.empty() || counted.Degrees() == 0) return;
  std::vector<double> means;
  std::vector<Uncertain> uncertain;
  std::vector<std::vector<double>> values;
  for (const auto& entrant : ranked) {
    values.push_back(ValuesOf(entrant, entrant.counted, AsrOf));
    uncertain.push_back(UncertainOf(entrant, entrant.counted, AsrOf, 1, counted.Teachers()));
    means.push_back(uncertain.back().mean);
  }
  const auto units = UnitsOf(ranked.front().counted);
  const auto ranks = RanksOf(means, PairsAmong(standings, ranked));
  const auto unseen = UnseenRanksOf(units, values);
  const auto chances = ChancesToBeBest(uncertain, counted.Degrees());
  standings.split_half = SplitHalf(units, values);
  standings.unseen_probability = unseen.probability;
  for (size_t i = 0; i < ranked.size(); ++i) {
    auto& row = RowOf(standings, ranked[i].defense);
    row.rank = ranks.rank[i];
    row.rank_interval = ranks.interval[i];
    row.unseen_rank = unseen.range[i];
    row.best_probability = chances[i];
  }
}

// By the sign of the difference over the cells that a pair shares, to a tenth of a percent.
void RankApart(const Support& support, Standings& standings) {
  for (auto& row : standings.rows) {
    if (!support.nearly.contains(row.defense) || row.control || row.collapsed || !row.asr) continue;
    int64_t better = 0;
    bool known = false;
    for (const auto& pair : standings.pairs) {
      const auto &a = standings.entrants[pair.a], &b = standings.entrants[pair.b];
      if (!pair.difference || (a != row.defense && b != row.defense)) continue;
      const auto& other = RowOf(standings, a == row.defense ? b : a);
      if (other.control || other.collapsed) continue;
      known = true;
      const double behind = (a == row.defense ? 1 : -1) * pair.difference->mean;
      better += std::llround(1000 * behind) > 0;
    }
    if (known) row.rank_apart = better + 1;
  }
}

// Everything is known of all, on one kind of device.
bool CostsAreKnown(const std::vector<Entrant>& entrants) {
  std::set<std::string> devices;
  for (const auto& entrant : entrants) {
    for (const auto& place : entrant.places) {
      const auto& score = entrant.At(place);
      if (!ComparedSeconds(score)) return false;
      devices.insert(ComparedDevice(score));
    }
  }
  return devices.size() == 1;
}

void FillFront(const std::vector<Entrant>& entrants, Standings& standings) {
  if (entrants.empty() || entrants.front().counted.empty() || !CostsAreKnown(entrants)) return;
  const Design all(UnitsOf(entrants.front().places)), counted(UnitsOf(entrants.front().counted));
  std::vector<Objectives> objectives;
  std::vector<std::vector<double>> points;
  for (const auto& entrant : entrants) {
    objectives.push_back({UncertainOf(entrant, entrant.counted, AsrOf, 1, all.Teachers()),
                          UncertainOf(entrant, entrant.places, AccOf, -1, all.Teachers()),
                          UncertainOf(entrant, entrant.places, SecondsOf, 1, all.Teachers())});
    auto& point = points.emplace_back();
    for (const auto& measure : objectives.back()) point.push_back(measure.mean);
  }
  const auto front = FrontOf(points);
  const auto degrees = std::min(all.Degrees(), counted.Degrees());
  const auto chances =
      degrees > 0 ? ChancesToBeOnFront(objectives, degrees) : std::vector<double>();
  for (size_t i = 0; i < entrants.size(); ++i) {
    auto& row = RowOf(standings, entrants[i].defense);
    row.on_front = front[i];
    if (!chances.empty()) row.front_probability = chances[i];
  }
}

void CompareEntrants(const Support& support, const std::vector<Entrant>& entrants,
                     Standings& standings) {
  const std::vector<GroupCell> counted(support.counted.begin(), support.counted.end());
  FillPairs(entrants, counted, standings);
  std::vector<Entrant> ranked, on_front;
  for (const auto& entrant : entrants) {
    const auto& row = RowOf(standings, entrant.defense);
    if (!support.compared.contains(entrant.defense) || row.collapsed > 0) continue;
    on_front.push_back(entrant);
    if (!row.control && row.asr) ranked.push_back(entrant);
  }
  FillRanks(ranked, Design(UnitsOf(counted)), standings);
  if (Design(UnitsOf(counted)).Degrees() > 0) RankApart(support, standings);
  FillFront(on_front, standings);
}

void Sort(const Support& support, std::vector<Standing>& rows) {
  std::stable_sort(rows.begin(), rows.end(), [&](const Standing& a, const Standing& b) {
    const auto order = [&](const Standing& row) {
      const auto by = row.asr ? row.asr->mean : row.worst.value_or(0);
      return std::tuple(row.cells == 0, row.collapsed > 0, row.control,
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
  const auto support = SupportOf(scores, cells);
  const auto control =
      std::find_if(support.by_defense.begin(), support.by_defense.end(),
                   [](const auto& one) { return IsControl(*one.second.begin()->second); });
  const auto* undefended = control == support.by_defense.end() ? nullptr : &control->second;
  Standings standings{.shared = static_cast<int64_t>(support.places.size()),
                      .planned = static_cast<int64_t>(support.planned.size()),
                      .counted = static_cast<int64_t>(support.counted.size()),
                      .teachers = FewestTeachers(support.counted),
                      .thin = {support.thin.begin(), support.thin.end()}};
  std::vector<Entrant> entrants;
  for (const auto& [defense, unused] : support.by_defense) {
    entrants.push_back(EntrantOf(support, defense));
    standings.rows.push_back(StandingOf(entrants.back(), support, undefended));
  }
  CompareEntrants(support, entrants, standings);
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

}  // namespace dfkd
