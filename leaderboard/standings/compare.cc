#include "leaderboard/standings/compare.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "bench/core/error.h"
#include "bench/core/suggest.h"
#include "bench/scores/paid_cost.h"
#include "bench/scores/validity.h"
#include "leaderboard/standings/statistics.h"
#include "leaderboard/standings/support.h"

namespace dfkd {
namespace {

using Key = std::pair<std::string, Cell>;  // matrix; cell without its defence
using Member = std::optional<double> CellDifference::*;

Key KeyOf(const Score& score) {
  Key key{score.matrix, score.cell};
  key.second.defense.clear();
  return key;
}

// A cell without defence and seeds.
Cell StratumOf(const Cell& cell) {
  Cell where = cell;
  where.defense.clear();
  where.teacher_seed = where.student_seed = 0;
  return where;
}

std::map<Key, const Score*> ByCell(const std::vector<Score>& scores, const std::string& defense) {
  std::map<Key, const Score*> found;
  for (const auto& score : scores) {
    if (score.cell.defense == defense) found[KeyOf(score)] = &score;
  }
  return found;
}

std::optional<double> Minus(std::optional<double> a, std::optional<double> b) {
  if (!a || !b) return std::nullopt;
  return *a - *b;
}

// A stratum without its attack: what one table is of.
Cell TableWhere(const Cell& cell) {
  Cell where = StratumOf(cell);
  where.attack.clear();
  return where;
}

bool OnOneDevice(const Score& a, const Score& b) {
  return std::string(ComparedDevice(a)) == ComparedDevice(b);
}

bool IsAttacked(const Score& score) { return score.entries.at("attack").plugin != "none"; }

CellDifference DifferenceOf(const Score& a, const Score& b) {
  const auto asr = Minus(a.student->asr, b.student->asr);
  return {a.matrix,
          a.cell,
          Minus(a.student->acc, b.student->acc),
          asr,
          OnOneDevice(a, b) ? Minus(ComparedSeconds(a), ComparedSeconds(b)) : std::nullopt,
          Minus(a.cost.wall_seconds, b.cost.wall_seconds),
          !asr || (CountsForAsr(a) && CountsForAsr(b)),
          IsAttacked(a),
          a.student->acc,
          a.student->asr,
          b.student->acc,
          b.student->asr,
          HasFlag(a, "utility_collapse"),
          HasFlag(b, "utility_collapse")};
}

const Score* Find(const std::map<Key, const Score*>& scores, const Key& key) {
  const auto found = scores.find(key);
  return found == scores.end() ? nullptr : found->second;
}

// Why a score has no part in any pair; "" if it has. Who leaves a number out must not be in means
// that the others of his cells are in.
std::string WhyUnpaired(const Score* score) {
  if (!score) return "no score";
  if (score->status != Status::kOk || !score->student)
    return fmt::format("{}: {}", Name(score->status), score->reason.value_or("-"));
  if (!score->student->acc) return "ok: without ACC";
  return IsAttacked(*score) && !score->student->asr ? "ok: without ASR" : "";
}

bool IsOk(const Score* score) { return WhyUnpaired(score).empty(); }

Unpaired UnpairedOf(const Key& key, const std::string& defense, const Score* score) {
  Unpaired unpaired{key.first, key.second, WhyUnpaired(score)};
  unpaired.cell.defense = defense;
  return unpaired;
}

// --- measures over pairs

using StratumIndex = std::map<Cell, size_t>;  // StratumComparison::where -> its place

StratumIndex IndexOf(const std::vector<StratumComparison>& strata) {
  StratumIndex index;
  for (size_t i = 0; i < strata.size(); ++i) index[strata[i].where] = i;
  return index;
}

// The stratum of the cell must be among those.
Design::Unit UnitOf(const StratumIndex& index, const Cell& cell) {
  return {index.at(StratumOf(cell)), cell.teacher_seed};
}

struct PlacedDifference {
  const CellDifference* cell;
  Design::Unit unit;
};

std::vector<PlacedDifference> PlacedCells(const Comparison& comparison) {
  const auto index = IndexOf(comparison.strata);
  std::vector<PlacedDifference> placed;
  for (const auto& cell : comparison.cells) placed.push_back({&cell, UnitOf(index, cell.cell)});
  return placed;
}

// Over the pairs that have all three; absent if there are none.
std::optional<Compared> CompareOver(const std::vector<PlacedDifference>& cells, Member a,
                                    Member b) {
  std::vector<Design::Unit> units;
  std::vector<double> values_a, values_b, differences;
  Compared compared;
  for (const auto& [cell, unit] : cells) {
    if (!(cell->*a) || !(cell->*b)) continue;
    compared.collapsed_a += cell->collapsed_a, compared.collapsed_b += cell->collapsed_b;
    units.push_back(unit);
    values_a.push_back(*(cell->*a));
    values_b.push_back(*(cell->*b));
    differences.push_back(values_a.back() - values_b.back());
  }
  if (units.empty()) return std::nullopt;
  const Design design(units);
  compared.a = design.MeanOf(values_a), compared.b = design.MeanOf(values_b);
  compared.difference = design.MeanOf(differences);
  auto& interval = compared.difference.interval;
  if (interval) interval = Within(*interval, -1, 1);
  compared.p = PValue(compared.difference);
  return compared;
}

// Stratum -> cells, without their defence, of which one of the two has no number.
std::map<Cell, std::set<Cell>> UnpairedByStratum(const Comparison& comparison) {
  std::map<Cell, std::set<Cell>> unpaired;
  for (const auto& one : comparison.unpaired) {
    auto cell = one.cell;
    cell.defense.clear();
    unpaired[StratumOf(cell)].insert(cell);
  }
  return unpaired;
}

// Each cell is looked at once: there may be thousands of attacks.
void FillStrata(Comparison& comparison) {
  std::set<Cell> known;
  for (const auto& difference : comparison.cells) {
    if (known.insert(StratumOf(difference.cell)).second)
      comparison.strata.push_back({.where = StratumOf(difference.cell)});
  }
  std::vector<std::vector<PlacedDifference>> cells(comparison.strata.size());
  for (const auto& placed : PlacedCells(comparison)) cells[placed.unit.stratum].push_back(placed);
  const auto unpaired = UnpairedByStratum(comparison);
  for (size_t i = 0; i < cells.size(); ++i) {
    auto& stratum = comparison.strata[i];
    stratum.acc = CompareOver(cells[i], &CellDifference::acc_a, &CellDifference::acc_b);
    stratum.asr = CompareOver(cells[i], &CellDifference::asr_a, &CellDifference::asr_b);
    stratum.pairs = static_cast<int64_t>(cells[i].size());
    const auto found = unpaired.find(stratum.where);
    stratum.unpaired = found == unpaired.end() ? 0 : static_cast<int64_t>(found->second.size());
  }
}

// Among the strata of a table.
void AdjustStrata(std::vector<StratumComparison>& strata, const Cell& table,
                  std::optional<Compared> StratumComparison::*measure) {
  std::vector<Compared*> tested;
  std::vector<double> p;
  for (auto& stratum : strata) {
    if (TableWhere(stratum.where) != table || !(stratum.*measure)) continue;
    if (!(stratum.*measure)->p) continue;
    tested.push_back(&*(stratum.*measure));
    p.push_back(*tested.back()->p);
  }
  const auto adjusted = Holm(p);
  for (size_t i = 0; i < tested.size(); ++i) tested[i]->holm = adjusted[i];
}

// The attacked strata of a table of which enough teacher seeds are shared; all of them, if it is so
// in none.
std::set<Cell> Thick(const Comparison& comparison, const Cell& table, Member member,
                     bool counted_only) {
  std::map<Cell, std::set<int64_t>> teachers;
  for (const auto& difference : comparison.cells) {
    if (!difference.attacked || !(difference.*member)) continue;
    if (counted_only && !difference.counted) continue;
    if (TableWhere(difference.cell) != table) continue;
    teachers[StratumOf(difference.cell)].insert(difference.cell.teacher_seed);
  }
  std::set<Cell> all, thick;
  for (const auto& [where, seeds] : teachers) {
    all.insert(where);
    if (static_cast<int64_t>(seeds.size()) >= kFewestTeachers) thick.insert(where);
  }
  return thick.empty() ? all : thick;
}

// --- all pairs of the table that the two stand in

bool IsOfTable(const Score& score, const Comparison& comparison, const Cell& table) {
  return score.matrix == comparison.matrix && TableWhere(score.cell) == table;
}

// What the students of a defence saw, in one table or in all.
std::vector<std::string> TracksOf(const std::vector<Score>& scores, const Comparison& comparison,
                                  const std::string& defense, const Cell* table) {
  std::set<std::string> tracks;
  for (const auto& score : scores) {
    const bool here =
        table ? IsOfTable(score, comparison, *table) : score.matrix == comparison.matrix;
    if (here && score.cell.defense == defense) tracks.insert(score.track);
  }
  return {tracks.begin(), tracks.end()};
}

std::set<std::string> TracksOfBoth(const TableComparison& table) {
  std::set<std::string> tracks(table.tracks_a.begin(), table.tracks_a.end());
  tracks.insert(table.tracks_b.begin(), table.tracks_b.end());
  return tracks;
}

// Whose pairs are tested together: those whom the standings of these scores compare, and the two.
std::set<std::string> FamilyOf(const std::vector<Score>& scores, const Comparison& comparison,
                               const TableComparison& table) {
  std::set<std::string> family = {comparison.a, comparison.b};
  for (const auto& track : TracksOfBoth(table)) {
    std::vector<const Score*> group;
    for (const auto& score : scores) {
      if (score.track == track && IsOfTable(score, comparison, table.where))
        group.push_back(&score);
    }
    const auto support = SupportOf(group, {});
    family.insert(support.compared.begin(), support.compared.end());
    family.insert(support.nearly.begin(), support.nearly.end());
  }
  return family;
}

// The measure of everybody in a family, where it is ok and the stratum is one of these.
struct TableOfAll {
  std::vector<std::string> defenses;
  std::vector<Design::Unit> units;
  std::vector<Column> columns;
};

using ScoreMeasure = std::function<std::optional<double>(const Score&)>;

TableOfAll TableOf(const std::vector<Score>& scores, const Comparison& comparison,
                   const TableComparison& of, const std::set<Cell>& strata,
                   const ScoreMeasure& measure) {
  const auto tracks = TracksOfBoth(of);
  const auto family = FamilyOf(scores, comparison, of);
  std::map<std::string, std::map<Cell, double>> by_defense;
  std::set<Cell> places;
  for (const auto& score : scores) {
    if (!IsOfTable(score, comparison, of.where) || !tracks.contains(score.track)) continue;
    if (!family.contains(score.cell.defense) || !IsOk(&score)) continue;
    const auto value = measure(score);
    if (!value || !strata.contains(StratumOf(score.cell))) continue;
    const auto place = KeyOf(score).second;
    by_defense[score.cell.defense][place] = *value;
    places.insert(place);
  }
  TableOfAll table;
  const auto index = IndexOf(comparison.strata);
  for (const auto& place : places) table.units.push_back(UnitOf(index, place));
  for (const auto& [defense, values] : by_defense) {
    table.defenses.push_back(defense);
    auto& column = table.columns.emplace_back();
    for (const auto& place : places) {
      const auto found = values.find(place);
      column.push_back(found == values.end() ? std::nullopt : std::optional(found->second));
    }
  }
  return table;
}

// Returns how many pairs were tested.
int64_t AdjustOverall(const TableOfAll& table, const Comparison& comparison, Compared& overall) {
  const auto pairs = AllPairs(table.units, table.columns);
  for (const auto& pair : pairs) {
    const std::set<std::string> two = {table.defenses[pair.a], table.defenses[pair.b]};
    if (two == std::set{comparison.a, comparison.b}) overall.holm = pair.holm;
  }
  return std::count_if(pairs.begin(), pairs.end(),
                       [](const Pair& pair) { return pair.p.has_value(); });
}

// The pairs that an overall number is over: of a table, or of all.
struct OverallCells {
  std::vector<PlacedDifference> acc, asr;
};

OverallCells OverallCellsOf(const Comparison& comparison, const Cell* table) {
  OverallCells cells;
  for (const auto& placed : PlacedCells(comparison)) {
    if (table && TableWhere(placed.cell->cell) != *table) continue;
    const auto& stratum = comparison.strata[placed.unit.stratum];
    if (stratum.acc_in_overall) cells.acc.push_back(placed);
    if (placed.cell->counted && stratum.in_overall) cells.asr.push_back(placed);
  }
  return cells;
}

std::optional<Compared> AccOver(const OverallCells& cells) {
  return CompareOver(cells.acc, &CellDifference::acc_a, &CellDifference::acc_b);
}
std::optional<Compared> AsrOver(const OverallCells& cells) {
  return CompareOver(cells.asr, &CellDifference::asr_a, &CellDifference::asr_b);
}

// Students of attacked teachers, paired or not.
int64_t CollapsedOf(const std::vector<Score>& scores, const Comparison& comparison,
                    const Cell& table, const std::string& defense) {
  return std::count_if(scores.begin(), scores.end(), [&](const Score& score) {
    return score.cell.defense == defense && IsOfTable(score, comparison, table) && IsOk(&score) &&
           IsAttacked(score) && HasFlag(score, "utility_collapse");
  });
}

void FillTable(const std::vector<Score>& scores, Comparison& comparison, TableComparison& table) {
  const auto of_acc = Thick(comparison, table.where, &CellDifference::acc, false),
             of_asr = Thick(comparison, table.where, &CellDifference::asr, true);
  for (auto& stratum : comparison.strata) {
    stratum.in_overall |= of_asr.contains(stratum.where);
    stratum.acc_in_overall |= of_acc.contains(stratum.where);
  }
  table.tracks_a = TracksOf(scores, comparison, comparison.a, &table.where);
  table.tracks_b = TracksOf(scores, comparison, comparison.b, &table.where);
  const auto cells = OverallCellsOf(comparison, &table.where);
  table.acc = AccOver(cells), table.asr = AsrOver(cells);
  const auto adjust = [&](Compared& overall, const std::set<Cell>& strata,
                          const ScoreMeasure& measure) {
    overall.collapsed_a = CollapsedOf(scores, comparison, table.where, comparison.a);
    overall.collapsed_b = CollapsedOf(scores, comparison, table.where, comparison.b);
    table.pairs_of_table =
        AdjustOverall(TableOf(scores, comparison, table, strata, measure), comparison, overall);
  };
  if (table.acc) adjust(*table.acc, of_acc, [](const Score& score) { return score.student->acc; });
  if (!table.asr) return;
  adjust(*table.asr, of_asr, [](const Score& score) {
    return CountsForAsr(score) ? score.student->asr : std::nullopt;
  });
}

using ScorePairs = std::vector<std::pair<const Score*, const Score*>>;

// Of a table, or of all.
std::vector<CostComparison> CostsOf(const ScorePairs& pairs, const Comparison& comparison,
                                    const Cell* table) {
  std::map<std::string, CostComparison> by_device;
  std::map<std::string, std::vector<double>> times;
  const auto index = IndexOf(comparison.strata);
  for (const auto& [a, b] : pairs) {
    if (table && TableWhere(a->cell) != *table) continue;
    if (!comparison.strata[UnitOf(index, a->cell).stratum].acc_in_overall) continue;
    const auto seconds_a = ComparedSeconds(*a), seconds_b = ComparedSeconds(*b);
    if (!seconds_a || !seconds_b || !OnOneDevice(*a, *b)) continue;
    const std::string device = ComparedDevice(*a);
    auto& cost = by_device[device];
    cost.a += *seconds_a, cost.b += *seconds_b;
    ++cost.pairs;
    if (const auto relative = RelativeSeconds(*a, *b)) times[device].push_back(*relative);
  }
  std::vector<CostComparison> costs;
  for (const auto& [device, cost] : by_device) {
    const auto count = static_cast<double>(cost.pairs);
    const auto mean = Summarize(times[device]);
    costs.push_back({cost.a / count, cost.b / count, device, cost.pairs,
                     mean ? std::optional(mean->mean) : std::nullopt});
  }
  return costs;
}

// Pooled, for there is nothing that several tables are a sample of: no test.
std::optional<Compared> Pooled(const Comparison& comparison, std::optional<Compared> pooled,
                               std::optional<Compared> TableComparison::*measure) {
  if (!pooled) return pooled;
  pooled->p.reset();
  pooled->collapsed_a = pooled->collapsed_b = 0;
  for (const auto& table : comparison.tables) {
    if (!(table.*measure)) continue;
    pooled->collapsed_a += (table.*measure)->collapsed_a;
    pooled->collapsed_b += (table.*measure)->collapsed_b;
  }
  return pooled;
}

void FillTables(const std::vector<Score>& scores, const ScorePairs& pairs, Comparison& comparison) {
  std::set<Cell> tables;
  for (const auto& stratum : comparison.strata) tables.insert(TableWhere(stratum.where));
  for (const auto& where : tables) {
    AdjustStrata(comparison.strata, where, &StratumComparison::acc);
    AdjustStrata(comparison.strata, where, &StratumComparison::asr);
    auto& table = comparison.tables.emplace_back(TableComparison{.where = where});
    FillTable(scores, comparison, table);
    table.costs = CostsOf(pairs, comparison, &where);
  }
  comparison.costs = CostsOf(pairs, comparison, nullptr);
  if (comparison.tables.size() == 1) {
    const auto& only = comparison.tables.front();
    comparison.acc = only.acc, comparison.asr = only.asr;
    comparison.pairs_of_table = only.pairs_of_table;
    return;
  }
  const auto cells = OverallCellsOf(comparison, nullptr);
  comparison.acc = Pooled(comparison, AccOver(cells), &TableComparison::acc);
  comparison.asr = Pooled(comparison, AsrOver(cells), &TableComparison::asr);
}

void RequireOneMatrix(const std::vector<CellDifference>& cells) {
  std::set<std::string> matrices;
  for (const auto& cell : cells) matrices.insert(cell.matrix);
  if (matrices.size() < 2) return;
  throw MakeError(
      "the two share cells of several matrices, which are different experiments: {}; "
      "choose one with --matrix",
      fmt::join(matrices, ", "));
}

[[noreturn]] void NothingShared(const std::vector<Score>& scores, const std::string& a,
                                const std::string& b) {
  std::set<std::string> defenses;
  for (const auto& score : scores) defenses.insert(score.cell.defense);
  if (defenses.empty()) throw MakeError("defenses '{}' and '{}': there is no score at all", a, b);
  const std::vector<std::string> known(defenses.begin(), defenses.end());
  for (const auto& id : {a, b}) {
    if (defenses.contains(id)) continue;
    throw MakeError("defense '{}': no score is of it; {}there are scores of: {}", id,
                    Guess(id, known), fmt::join(known, ", "));
  }
  throw MakeError("defenses '{}' and '{}' share no cell in which both are ok; there are: {}", a, b,
                  fmt::join(known, ", "));
}

}  // namespace

std::string ProvenBetter(const Comparison& comparison, const Compared& measure, bool less) {
  if (!measure.holm || *measure.holm >= kLevel) return "";
  const bool is_a = (measure.difference.mean < 0) == less;
  if (less && (is_a ? measure.collapsed_a : measure.collapsed_b) > 0) return "";
  return is_a ? comparison.a : comparison.b;
}

Comparison CompareDefenses(const std::vector<Score>& scores, const std::string& a,
                           const std::string& b) {
  const auto scores_a = ByCell(scores, a), scores_b = ByCell(scores, b);
  std::map<Key, const Score*> all = scores_a;
  all.insert(scores_b.begin(), scores_b.end());
  Comparison comparison{.a = a, .b = b};
  ScorePairs pairs;
  for (const auto& [key, unused] : all) {
    const Score* const of_a = Find(scores_a, key);
    const Score* const of_b = Find(scores_b, key);
    if (IsOk(of_a) && IsOk(of_b)) {
      comparison.cells.push_back(DifferenceOf(*of_a, *of_b));
      pairs.emplace_back(of_a, of_b);
      continue;
    }
    if (!IsOk(of_a)) comparison.unpaired.push_back(UnpairedOf(key, a, of_a));
    if (!IsOk(of_b)) comparison.unpaired.push_back(UnpairedOf(key, b, of_b));
  }
  if (comparison.cells.empty()) NothingShared(scores, a, b);
  RequireOneMatrix(comparison.cells);
  comparison.matrix = comparison.cells.front().matrix;
  std::erase_if(comparison.unpaired,
                [&](const Unpaired& one) { return one.matrix != comparison.matrix; });
  comparison.tracks_a = TracksOf(scores, comparison, a, nullptr);
  comparison.tracks_b = TracksOf(scores, comparison, b, nullptr);
  FillStrata(comparison);
  FillTables(scores, pairs, comparison);
  return comparison;
}

}  // namespace dfkd
