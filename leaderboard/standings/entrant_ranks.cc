// Who is better than whom.
#include <algorithm>
#include <cmath>
#include <set>

#include "bench/scores/paid_cost.h"
#include "leaderboard/standings/distributions.h"
#include "leaderboard/standings/entrant.h"

namespace dfkd {
namespace {

// With what probability a table should find a difference, and which one, a percentage point.
constexpr double kPower = 0.8, kPoint = 0.01;

Column ColumnOf(const Entrant& entrant, const std::vector<GroupCell>& counted) {
  Column column;
  auto next = entrant.counted.begin();  // both are sorted
  for (const auto& place : counted) {
    const bool here = next != entrant.counted.end() && *next == place;
    column.push_back(here ? entrant.At(*next++).student->asr : std::nullopt);
  }
  return column;
}

// Of an even number the mean of the two in the middle. There must be one with a p-value.
double MedianError(const std::vector<Pair>& pairs) {
  std::vector<double> errors;
  for (const auto& pair : pairs) {
    if (pair.p) errors.push_back(*pair.difference->error);
  }
  std::sort(errors.begin(), errors.end());
  return (errors.at((errors.size() - 1) / 2) + errors.at(errors.size() / 2)) / 2;
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
  const double alpha = kLevel / static_cast<double>(tested), error = MedianError(standings.pairs);
  standings.resolution = error * DetectableErrors(alpha, kPower, degrees);
  // The error falls with the root of the seeds.
  const double deviation = error * std::sqrt(static_cast<double>(degrees + 1));
  standings.seeds_for_a_point = std::max(
      kFewestTeachers, static_cast<int64_t>(UnitsToDetect(alpha, kPower, kPoint / deviation)));
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
    // Of a single attack the range would hold the next one with a probability of 0.
    if (unseen.probability > 0) row.unseen_rank = unseen.range[i];
    row.best_probability = chances[i];
  }
}

// By the sign of the difference over the cells that a pair shares, to a tenth of a percent.
void RankApart(const Support& support, Standings& standings) {
  for (auto& row : standings.rows) {
    if (!support.nearly.contains(row.defense) || !IsDefense(row)) continue;
    if (row.collapsed || !row.asr) continue;
    int64_t better = 0;
    bool known = false;
    for (const auto& pair : standings.pairs) {
      const auto &a = standings.entrants[pair.a], &b = standings.entrants[pair.b];
      if (!pair.difference || (a != row.defense && b != row.defense)) continue;
      const auto& other = RowOf(standings, a == row.defense ? b : a);
      if (!IsDefense(other) || other.collapsed) continue;
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

}  // namespace

void CompareEntrants(const Support& support, const std::vector<Entrant>& entrants,
                     Standings& standings) {
  const std::vector<GroupCell> counted(support.counted.begin(), support.counted.end());
  FillPairs(entrants, counted, standings);
  std::vector<Entrant> ranked, on_front;
  for (const auto& entrant : entrants) {
    const auto& row = RowOf(standings, entrant.defense);
    if (!support.compared.contains(entrant.defense) || row.collapsed > 0) continue;
    on_front.push_back(entrant);
    if (IsDefense(row) && row.asr) ranked.push_back(entrant);
  }
  FillRanks(ranked, Design(UnitsOf(counted)), standings);
  if (Design(UnitsOf(counted)).Degrees() > 0) RankApart(support, standings);
  FillFront(on_front, standings);
}

}  // namespace dfkd
