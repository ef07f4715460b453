// Standings, heat maps, the table of all cells, and the same cells as data.
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <map>
#include <set>

#include "bench/scores/paid_cost.h"
#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/svg.h"
#include "leaderboard/pages/values.h"
#include "leaderboard/standings/headline.h"

namespace dfkd::site {
namespace {

// --- standings ---

Json AgainstControl(const Standing& best, const Standing* control) {
  if (!control) return nullptr;
  Json data = {{"asr", Percent(control->asr->mean)},
               {"points", Points(best.acc->mean - control->acc->mean)},
               {"times", nullptr}};
  if (best.relative_seconds) data["times"] = fmt::format("{:.1f}", *best.relative_seconds);
  return data;
}

// For the answer in one sentence, if it is about somebody.
Json BestData(const Headline& headline, const Standings& standings) {
  const auto& best = *headline.best.front();
  std::vector<std::string> names;
  for (const auto* row : headline.best) names.push_back(row->defense);
  const bool one = names.size() == 1;
  const auto& worst = best.worst;
  return {{"defense", fmt::format("{}", fmt::join(names, ", "))},
          {"shared_rank", !one},
          {"only", headline.defenses == 1},
          {"among", headline.ranked < headline.defenses
                        ? fmt::format("{} of {} defences", headline.ranked, headline.defenses)
                        : ""},
          {"asr", Percent(best.asr->mean)},
          {"worst", worst ? Percent(*worst) : ""},
          {"attack", best.worst_attack},
          {"control", one ? AgainstControl(best, headline.control) : Json()},
          {"teachers", Plural(standings.teachers, "teacher seed")},
          {"unproven", fmt::format("{}", fmt::join(headline.unproven, ", "))}};
}

// For the answer in one sentence; the kinds that do not apply are null.
Json HeadlineData(const Standings& standings) {
  using Kind = Headline::Kind;
  Json data = {
      {"best", nullptr}, {"none_helps", nullptr}, {"unfinished", nullptr}, {"few", nullptr}};
  const auto headline = HeadlineOf(standings);
  if (headline.kind == Kind::kUnfinished) {
    data["unfinished"] = {{"shared", standings.shared}, {"planned", standings.planned}};
  }
  if (headline.kind == Kind::kNoneHelps) {
    data["none_helps"] = {{"defense", headline.best[0]->defense},
                          {"asr", Percent(headline.best[0]->asr->mean)},
                          {"control_asr", Percent(headline.control->asr->mean)}};
  }
  if (headline.kind == Kind::kFewTeachers) data["few"] = BestData(headline, standings);
  if (headline.kind == Kind::kBest) data["best"] = BestData(headline, standings);
  return data;
}

std::string RangeNote(const std::optional<dfkd::Interval>& interval) {
  if (!interval) return "";
  return fmt::format("{}–{}", Percent(interval->low), Percent(interval->high));
}

Json WithInterval(const std::optional<Estimate>& estimate, const std::string& why) {
  if (!estimate) return Missing(why);
  return Shown(Percent(estimate->mean), RangeNote(estimate->interval));
}

std::string WorstNote(const Standing& row) {
  const auto range = RangeNote(row.worst_interval);
  return row.worst_attack + (range.empty() ? "" : ", " + range);
}

// Why there is no number; why there is no rank; why there is no mean.
std::string WhyNoNumber(const Standing& row) {
  return row.finished ? "finished less than nine tenths of the attacked cells" : "no cell finished";
}
std::string WhyNoMean(const Standing& row) {
  if (row.cells == 0) return WhyNoNumber(row);
  return "in no attacked cell does the undefended student carry the backdoor";
}
std::string WhyNoRank(const Standing& row, const Standings& standings) {
  if (row.control) return "controls have no rank";
  if (row.cells == 0) return WhyNoNumber(row);
  if (row.collapsed) {
    return fmt::format("utility collapse in {} of {} finished cells: a low ASR there is no defence",
                       row.collapsed, row.finished);
  }
  if (!row.asr) return WhyNoMean(row);
  return fmt::format("a rank takes {} teacher seeds of an attack, and one here has {}",
                     kFewestTeachers, standings.teachers);
}

std::string WhyNoCost(const Standing& row) {
  if (row.cells == 0) return WhyNoNumber(row);
  return row.device.empty() ? "computed on processors and on GPUs" : "not measured";
}

// Of the processor or device, with what a clock on the wall said.
Json CostOf(const Standing& row) {
  Json cost = DurationOr(row.seconds, WhyNoCost(row));
  if (row.seconds && row.wall_seconds) {
    cost["note"] = fmt::format("{}, wall {}", row.device, Duration(*row.wall_seconds));
  }
  return cost;
}

// With the ranks that are possible; in brackets if it is over fewer cells than the others'.
Json RankOf(const Standing& row, const Standings& standings) {
  if (row.rank_apart) {
    return Shown(fmt::format("({})", *row.rank_apart),
                 fmt::format("over {} of {}", row.cells, row.planned));
  }
  if (!row.rank) return Missing(WhyNoRank(row, standings));
  const auto& range = *row.rank_interval;
  return Shown(std::to_string(*row.rank),
               range.low == range.high ? "" : fmt::format("{}–{}", range.low, range.high));
}

Json StandingRow(const Standing& row, const Standings& standings) {
  const auto why = WhyNoNumber(row), why_no_mean = WhyNoMean(row);
  const auto why_no_der = row.asr ? "there is no undefended student to compare with" : why_no_mean;
  return {{"first", row.rank == 1},
          {"rank", RankOf(row, standings)},
          {"defense", row.defense},
          {"control", row.control},
          {"attack_aware", row.attack_aware},
          {"collapsed", row.collapsed > 0 ? Plural(row.collapsed, "cell") : ""},
          {"worst", PercentOr(row.worst, why, WorstNote(row))},
          {"worst_svg", row.worst ? Json(svg::Bar(*row.worst)) : Json()},
          {"asr", WithInterval(row.asr, why_no_mean)},
          {"acc", WithInterval(row.acc, why)},
          {"der", WithInterval(row.der, why_no_der)},
          {"cost", CostOf(row)},
          {"relative", row.relative_seconds ? Shown(fmt::format("{:.1f}×", *row.relative_seconds))
                                            : Missing(WhyNoCost(row))},
          {"finished", row.finished},
          {"planned", row.planned}};
}

// How far the table can be trusted, in words; "" where nothing is ranked.
std::string CertaintyOf(const Standings& standings) {
  if (!standings.resolution) return "";
  std::string text =
      fmt::format("With these seeds, differences of {} points are found four times in five.",
                  Percent(*standings.resolution));
  if (standings.split_half) {
    text +=
        fmt::format(" Halves of the teacher seeds agree on the first place in {:.0f} % of splits.",
                    100 * *standings.split_half);
  }
  return text;
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

bool IsOk(const Score* score) { return score->status == Status::kOk; }

// "4 of 5 seeds: 1 diverged"; "" where all that are expected ended well.
std::string Partial(const HeatCell& scores, size_t expected) {
  const auto good = static_cast<size_t>(std::count_if(scores.begin(), scores.end(), IsOk));
  expected = std::max(expected, scores.size());
  if (good == expected) return "";
  std::map<std::string, size_t> others;
  for (const auto* score : scores) {
    if (!IsOk(score)) ++others[StatusText(score->status)];
  }
  if (expected > scores.size()) others["without a score"] = expected - scores.size();
  std::vector<std::string> texts;
  for (const auto& [what, count] : others) texts.push_back(fmt::format("{} {}", count, what));
  return fmt::format("{} of {} seeds: {}", good, expected, fmt::join(texts, ", "));
}

// `expected`: how many seeds there should be.
Json HeatCellData(const HeatCell& scores, size_t expected) {
  Json data = {{"absent", nullptr}, {"bad", nullptr}, {"good", nullptr}};
  if (scores.empty()) {
    data["absent"] = {{"why", expected > 0 ? "no score" : "not in this matrix"}};
    return data;
  }
  data["seeds"] = SeedLinks(scores);
  data["partial"] = Partial(scores, expected);
  HeatCell good;
  std::copy_if(scores.begin(), scores.end(), std::back_inserter(good), IsOk);
  if (good.empty()) {
    const auto& bad = *scores.front();
    data["bad"] = {{"page", PagePath(bad)},
                   {"status", StatusText(bad.status)},
                   {"reason", bad.reason.value_or("")}};
    return data;
  }
  const auto asr = MeanOf(good, Asr), acc = MeanOf(good, Acc), floor = MeanOf(good, Floor);
  const auto why = WhyMissing(*good.front());
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
              {"cost", DurationOr(ComparedSeconds(score), why)}});
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
          Nullable(ComparedSeconds(score))};
}

// Quoted always; a leading character that a spreadsheet would run as a formula gets an apostrophe.
std::string CsvText(const std::string& text) {
  std::string quoted = "\"";
  if (!text.empty() && std::string("=+-@\t\r").find(text[0]) != std::string::npos) quoted += '\'';
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

Json StandingsData(const Group& group, const Standings& standings, const std::string& id) {
  Json rows = Json::array();
  for (const auto& row : standings.rows) rows.push_back(StandingRow(row, standings));
  // Attacks that do not transfer would flatter everyone, so means are not over these.
  const auto transferred = standings.counted;
  Json data = {{"id", id},
               {"distiller", group.distiller},
               {"shared", standings.shared},
               {"planned", standings.planned},
               {"transferred", transferred ? Plural(transferred, "attacked cell") : ""},
               {"thin", fmt::format("{}", fmt::join(standings.thin, ", "))},
               {"certainty", CertaintyOf(standings)},
               {"rows", ListOrNull(std::move(rows))}};
  data.update(HeadlineData(standings));
  return data;
}

Json HeatMapData(const std::vector<const Score*>& scores, const std::vector<Cell>& planned) {
  std::set<std::string> attacks;
  std::set<std::pair<bool, std::string>> defenses;  // the undefended first
  std::map<std::pair<std::string, std::string>, HeatCell> cells;
  for (const auto* score : scores) {
    defenses.emplace(score->entries.at("defense").plugin != "none", score->cell.defense);
    attacks.insert(score->cell.attack);
    cells[{score->cell.attack, score->cell.defense}].push_back(score);
  }
  std::map<std::pair<std::string, std::string>, size_t> expected;
  for (const auto& cell : planned) {
    defenses.emplace(cell.defense != "none", cell.defense);
    attacks.insert(cell.attack);
    ++expected[{cell.attack, cell.defense}];
  }
  Json columns = Json::array(), rows = Json::array();
  for (const auto& [unused, defense] : defenses) columns.push_back({{"defense", defense}});
  for (const auto& attack : attacks) {
    Json row = Json::array();
    for (const auto& [unused, defense] : defenses) {
      row.push_back(HeatCellData(cells[{attack, defense}], expected[{attack, defense}]));
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
      "asr,floor,ra,agreement,seconds,device,cpu_seconds,gpu_seconds,wall_seconds\n";
  for (const auto& matrix : matrices) {
    for (const auto& score : matrix.scores) {
      csv += CsvText(matrix.name);
      for (const auto& value : DataRow(score)) {
        csv += ',';
        if (value.is_string()) csv += CsvText(value);
        if (value.is_number()) csv += value.dump();
      }
      csv += ',' + CsvText(score.numerics.device);
      for (const auto& seconds :
           {score.cost.cpu_seconds, score.cost.gpu_seconds, score.cost.wall_seconds}) {
        csv += ',' + (seconds ? Json(*seconds).dump() : "");
      }
      csv += '\n';
    }
  }
  return csv;
}

}  // namespace dfkd::site
