// Standings, heat maps, the table of all cells, and the same cells as data.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/svg.h"
#include "leaderboard/pages/values.h"

namespace dfkd::site {
namespace {

// --- standings ---

const Standing* Control(const Standings& standings) {
  for (const auto& row : standings.rows) {
    if (row.control && row.worst) return &row;
  }
  return nullptr;
}

// For the answer in one sentence; null if nobody is best.
Json Best(const Standings& standings) {
  if (standings.rows.empty() || !standings.rows.front().rank) return nullptr;
  const auto& best = standings.rows.front();
  Json control;
  if (const auto* none = Control(standings)) {
    control = {{"asr", Percent(*none->worst)},
               {"points", Points(best.acc->mean - none->acc->mean)},
               {"times", nullptr}};
    if (best.relative_wall) control["times"] = fmt::format("{:.1f}", *best.relative_wall);
  }
  return {{"defense", best.defense},
          {"asr", Percent(*best.worst)},
          {"attack", best.worst_attack},
          {"control", control}};
}

Json WithSpread(const std::optional<Summary>& summary, const std::string& why) {
  if (!summary) return Missing(why);
  return Shown(Percent(summary->mean), summary->sd ? "± " + Percent(*summary->sd) : "");
}

// Why there is no number; why there is no rank; why there is no mean.
std::string WhyNoNumber(const Standing& row) {
  return row.finished ? "did not finish every attacked cell" : "no cell finished";
}
std::string WhyNoRank(const Standing& row) {
  if (row.control) return "controls have no rank";
  if (!row.worst) return WhyNoNumber(row);
  return fmt::format("utility collapse in {} of {} finished cells: a low ASR there is no defence",
                     row.collapsed, row.finished);
}
std::string WhyNoMean(const Standing& row) {
  if (!row.worst) return WhyNoNumber(row);
  return "in no attacked cell does the undefended student carry the backdoor";
}

Json StandingRow(const Standing& row) {
  const auto why = WhyNoNumber(row), why_no_mean = WhyNoMean(row);
  const auto why_no_der = row.asr ? "there is no undefended student to compare with" : why_no_mean;
  return {{"first", row.rank == 1},
          {"rank", row.rank ? Shown(std::to_string(*row.rank)) : Missing(WhyNoRank(row))},
          {"defense", row.defense},
          {"control", row.control},
          {"attack_aware", row.attack_aware},
          {"collapsed", row.collapsed > 0 ? Plural(row.collapsed, "cell") : ""},
          {"worst", PercentOr(row.worst, why, row.worst_attack)},
          {"worst_svg", row.worst ? Json(svg::Bar(*row.worst)) : Json()},
          {"asr", WithSpread(row.asr, why_no_mean)},
          {"acc", WithSpread(row.acc, why)},
          {"der", PercentOr(row.der, why_no_der)},
          {"wall", DurationOr(row.wall_seconds, why)},
          {"relative",
           row.relative_wall ? Shown(fmt::format("{:.1f}×", *row.relative_wall)) : Missing(why)},
          {"finished", row.finished},
          {"planned", row.planned}};
}

// --- heat map ---

using HeatCell = std::vector<const Score*>;  // over seeds

// Links to the cells behind a mean; null for a single one.
Json SeedLinks(const HeatCell& scores) {
  Json items = Json::array();
  for (const auto* score : scores) {
    items.push_back({{"page", PagePath(*score)}, {"pair", SeedText(score->cell)}});
  }
  return scores.size() < 2 ? Json() : ListOrNull(std::move(items));
}

std::optional<double> MeanOf(const HeatCell& scores,
                             const std::function<std::optional<double>(const Score&)>& value) {
  std::vector<double> values;
  for (const auto* score : scores) {
    if (const auto v = value(*score)) values.push_back(*v);
  }
  const auto summary = Summarize(values);
  return summary ? std::optional(summary->mean) : std::nullopt;
}

std::optional<double> Asr(const Score& score) {
  return score.student ? score.student->asr : std::nullopt;
}
std::optional<double> Acc(const Score& score) {
  return score.student ? score.student->acc : std::nullopt;
}
std::optional<double> Floor(const Score& score) {
  return score.floor ? score.floor->asr : std::nullopt;
}

// What did not end well, with its reason as text; the first of several seeds.
const Score* Unfinished(const HeatCell& scores) {
  for (const auto* score : scores) {
    if (score->status != Status::kOk) return score;
  }
  return nullptr;
}

Json HeatCellData(const HeatCell& scores) {
  Json data = {{"absent", scores.empty()}, {"bad", nullptr}, {"good", nullptr}};
  if (scores.empty()) return data;
  data["seeds"] = SeedLinks(scores);
  if (const auto* bad = Unfinished(scores)) {
    data["bad"] = {{"page", PagePath(*bad)},
                   {"status", StatusText(bad->status)},
                   {"reason", bad->reason.value_or("")}};
    return data;
  }
  const auto asr = MeanOf(scores, Asr), acc = MeanOf(scores, Acc), floor = MeanOf(scores, Floor);
  const auto why = WhyMissing(*scores.front());
  data["good"] = {{"page", scores.size() == 1 ? Json(PagePath(*scores.front())) : Json()},
                  {"heat", asr ? fmt::format("h{}", std::lround(10 * *asr)) : ""},
                  {"asr", asr ? Json(Percent(*asr)) : Json()},
                  {"acc", PercentOr(acc, why)},
                  {"floor", floor ? Json(Percent(*floor)) : Json()},
                  {"why", why}};
  return data;
}

std::vector<std::string> Columns() {
  return {"Defence", "Attack",  "Distiller",     "Data set",      "Networks",
          "Seeds",   "Status",  "Teacher ACC %", "Teacher ASR %", "ACC %",
          "ASR %",   "Floor %", "RA %",          "Agreement %",   "Time"};
}

// --- all cells ---

std::string AsrInterval(const Score& score) {
  const auto counts = score.counts.find("student");
  if (counts == score.counts.end() || !counts->second.target) return "";
  return Interval(counts->second.target->hits, counts->second.target->of);
}

Json CellRow(const Score& score) {
  const auto why = WhyMissing(score);
  const auto student = score.student.value_or(StudentScore());
  const auto teacher = score.teacher.value_or(TeacherScore());
  Json row = CoordinatesData(score.cell);
  row.update({{"page", PagePath(score)},
              {"status", StatusText(score.status)},
              {"status_name", Name(score.status)},
              {"flags", FlagList(score)},
              {"teacher_acc", PercentOr(teacher.acc, why)},
              {"teacher_asr", PercentOr(teacher.asr, why)},
              {"acc", PercentOr(student.acc, why)},
              {"asr", PercentOr(student.asr, why, AsrInterval(score))},
              {"floor", PercentOr(Floor(score), why)},
              {"ra", PercentOr(student.ra, why)},
              {"agreement", PercentOr(student.agreement, why)},
              {"wall", DurationOr(score.cost.wall_seconds, why)}});
  return row;
}

Json Nullable(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

// In the order of Columns.
Json DataRow(const Score& score) {
  const auto student = score.student.value_or(StudentScore());
  const auto teacher = score.teacher.value_or(TeacherScore());
  const auto& cell = score.cell;
  return {cell.defense,
          cell.attack,
          cell.distiller,
          cell.dataset,
          NetworkText(cell),
          SeedText(cell),
          StatusText(score.status),
          Nullable(teacher.acc),
          Nullable(teacher.asr),
          Nullable(student.acc),
          Nullable(student.asr),
          Nullable(Floor(score)),
          Nullable(student.ra),
          Nullable(student.agreement),
          Nullable(score.cost.wall_seconds)};
}

// Quoted always; a leading character that a spreadsheet would run as a formula gets an apostrophe.
std::string CsvText(const std::string& text) {
  std::string quoted = "\"";
  if (!text.empty() && std::string("=+-@\t\r").find(text[0]) != std::string::npos) quoted += '\'';
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

Json StandingsData(const Group& group, const std::vector<const Score*>& scores,
                   const std::string& id) {
  const auto standings = StandingsOf(scores);
  Json rows = Json::array();
  for (const auto& row : standings.rows) rows.push_back(StandingRow(row));
  // Attacks that do not transfer would flatter everyone, so means are not over these.
  const auto transferred = standings.transferred;
  return {{"id", id},
          {"distiller", group.distiller},
          {"best", Best(standings)},
          {"shared", standings.shared},
          {"planned", standings.planned},
          {"transferred", transferred ? Plural(transferred, "attacked cell") : ""},
          {"rows", ListOrNull(std::move(rows))}};
}

Json HeatMapData(const std::vector<const Score*>& scores) {
  std::set<std::string> attacks;
  std::set<std::pair<bool, std::string>> defenses;  // the undefended first
  std::map<std::pair<std::string, std::string>, HeatCell> cells;
  for (const auto* score : scores) {
    defenses.emplace(score->entries.at("defense").plugin != "none", score->cell.defense);
    attacks.insert(score->cell.attack);
    cells[{score->cell.attack, score->cell.defense}].push_back(score);
  }
  Json columns = Json::array(), rows = Json::array();
  for (const auto& [unused, defense] : defenses) columns.push_back({{"defense", defense}});
  for (const auto& attack : attacks) {
    Json row = Json::array();
    for (const auto& [unused, defense] : defenses) {
      row.push_back(HeatCellData(cells[{attack, defense}]));
    }
    rows.push_back({{"attack", attack}, {"heat_cells", std::move(row)}});
  }
  return {{"heat_columns", std::move(columns)}, {"heat_rows", std::move(rows)}};
}

Json CellRows(const ScoredMatrix& matrix) {
  Json rows = Json::array();
  for (const auto& score : matrix.scores) rows.push_back(CellRow(score));
  return rows;
}

Json DataOf(const std::vector<ScoredMatrix>& matrices) {
  Json data = {{"schema", "site.v1"}, {"columns", Columns()}, {"matrices", Json::array()}};
  for (const auto& matrix : matrices) {
    Json rows = Json::array();
    for (const auto& score : matrix.scores) rows.push_back(DataRow(score));
    data["matrices"].push_back({{"name", matrix.name}, {"rows", rows}});
  }
  return data;
}

std::string Csv(const std::vector<ScoredMatrix>& matrices) {
  std::string csv =
      "matrix,defense,attack,distiller,dataset,networks,seeds,status,teacher_acc,teacher_asr,acc,"
      "asr,floor,ra,agreement,wall_seconds\n";
  for (const auto& matrix : matrices) {
    for (const auto& score : matrix.scores) {
      csv += CsvText(matrix.name);
      for (const auto& value : DataRow(score)) {
        csv += ',';
        if (value.is_string()) csv += CsvText(value);
        if (value.is_number()) csv += value.dump();
      }
      csv += '\n';
    }
  }
  return csv;
}

}  // namespace dfkd::site
