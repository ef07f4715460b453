// A comparison as JSON and CSV.
#include <fmt/ranges.h>

#include <algorithm>

#include "bench/core/printable.h"
#include "leaderboard/standings/compare.h"
#include "leaderboard/standings/rounded.h"

namespace dfkd {
namespace {

Json MeasureJson(const Comparison& comparison, const std::optional<Compared>& measure, bool less) {
  if (!measure) return nullptr;
  const auto& difference = measure->difference;
  const auto better = ProvenBetter(comparison, *measure, less);
  return {{"a", Rounded(measure->a.mean)},
          {"b", Rounded(measure->b.mean)},
          {"difference", Rounded(difference.mean)},
          {"interval", RoundedRange(difference.interval)},
          {"p", RoundedP(measure->p)},
          {"holm", RoundedP(measure->holm)},
          {"better", better.empty() ? Json() : Json(better)},
          {"pairs", difference.cells},
          {"strata", difference.strata},
          {"teachers", difference.teachers},
          {"degrees", difference.degrees},
          {"collapsed", {{"a", measure->collapsed_a}, {"b", measure->collapsed_b}}}};
}

Json CostsJson(const std::vector<CostComparison>& costs) {
  Json items = Json::array();
  for (const auto& cost : costs) {
    items.push_back({{"a", Rounded(cost.a)},
                     {"b", Rounded(cost.b)},
                     {"times", Rounded(cost.times)},
                     {"device", cost.device},
                     {"pairs", cost.pairs}});
  }
  return items;
}

Json TableJson(const Comparison& comparison, const TableComparison& table) {
  const auto& where = table.where;
  return {{"dataset", where.dataset},
          {"teacher_network", where.teacher_network},
          {"student_network", where.student_network},
          {"distiller", where.distiller},
          {"tracks", {{"a", table.tracks_a}, {"b", table.tracks_b}}},
          {"acc", MeasureJson(comparison, table.acc, false)},
          {"asr", MeasureJson(comparison, table.asr, true)},
          {"pairs_of_table", table.pairs_of_table},
          {"costs", CostsJson(table.costs)}};
}

Json StratumJson(const Comparison& comparison, const StratumComparison& stratum) {
  const auto& where = stratum.where;
  return {{"dataset", where.dataset},
          {"attack", where.attack},
          {"teacher_network", where.teacher_network},
          {"student_network", where.student_network},
          {"distiller", where.distiller},
          {"acc", MeasureJson(comparison, stratum.acc, false)},
          {"asr", MeasureJson(comparison, stratum.asr, true)},
          {"pairs", stratum.pairs},
          {"unpaired", stratum.unpaired},
          {"in_overall", stratum.in_overall}};
}

Json DifferenceJson(const CellDifference& difference) {
  return {{"matrix", difference.matrix},
          {"cell", CellId(difference.cell)},
          {"acc", Rounded(difference.acc)},
          {"asr", Rounded(difference.asr)},
          {"acc_a", Rounded(difference.acc_a)},
          {"asr_a", Rounded(difference.asr_a)},
          {"acc_b", Rounded(difference.acc_b)},
          {"asr_b", Rounded(difference.asr_b)},
          {"counted", difference.counted},
          {"collapsed", {{"a", difference.collapsed_a}, {"b", difference.collapsed_b}}},
          {"seconds", Rounded(difference.seconds)},
          {"wall_seconds", Rounded(difference.wall_seconds)}};
}

// Quoted; a leading character that a spreadsheet would run as a formula gets an apostrophe.
std::string QuotedText(const std::string& text) {
  std::string quoted = "\"";
  if (!text.empty() && std::string("=+-@").find(text[0]) != std::string::npos) quoted += '\'';
  for (const char c : Printable(text)) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string CsvMeasure(const Comparison& comparison, const std::optional<Compared>& measure,
                       bool less) {
  const Json json = MeasureJson(comparison, measure, less);
  std::string text;
  const auto add = [&](const Json& value) {
    text += ',';
    if (value.is_string()) text += QuotedText(value);
    if (value.is_number()) text += value.dump();
  };
  for (const char* name : {"a", "b", "difference"}) add(json.is_null() ? json : json.at(name));
  const bool interval = !json.is_null() && !json.at("interval").is_null();
  for (const size_t end : {0, 1}) add(interval ? json.at("interval").at(end) : Json());
  for (const char* name : {"p", "holm", "better", "pairs", "teachers"})
    add(json.is_null() ? json : json.at(name));
  return text;
}

std::string CsvLine(const Comparison& comparison, const std::vector<std::string>& names,
                    const std::optional<Compared>& acc, const std::optional<Compared>& asr,
                    const std::string& end) {
  std::vector<std::string> quoted;
  for (const auto& name : names) quoted.push_back(QuotedText(name));
  return fmt::format("{}{}{},{},{}\n", fmt::join(quoted, ","), CsvMeasure(comparison, acc, false),
                     CsvMeasure(comparison, asr, true), end,
                     asr ? fmt::format("{},{}", asr->collapsed_a, asr->collapsed_b) : ",");
}

// "overall" of each of several tables.
std::string CsvTables(const Comparison& comparison) {
  std::string csv;
  if (comparison.tables.size() == 1) return csv;
  for (const auto& table : comparison.tables) {
    const auto& where = table.where;
    const auto unpaired = std::count_if(comparison.unpaired.begin(), comparison.unpaired.end(),
                                        [&](const Unpaired& one) { return table.Holds(one.cell); });
    csv += CsvLine(comparison,
                   {comparison.a, comparison.b, comparison.matrix, where.dataset, "overall",
                    where.teacher_network, where.student_network, where.distiller},
                   table.acc, table.asr, fmt::format("{},true", unpaired));
  }
  return csv;
}

}  // namespace

Json ToJson(const Comparison& comparison) {
  Json json = {{"a", comparison.a},
               {"b", comparison.b},
               {"matrix", comparison.matrix},
               {"tracks", {{"a", comparison.tracks_a}, {"b", comparison.tracks_b}}},
               {"acc", MeasureJson(comparison, comparison.acc, false)},
               {"asr", MeasureJson(comparison, comparison.asr, true)},
               {"pairs_of_table", comparison.pairs_of_table},
               {"tables", Json::array()},
               {"costs", CostsJson(comparison.costs)},
               {"strata", Json::array()},
               {"cells", Json::array()},
               {"unpaired", Json::array()}};
  for (const auto& table : comparison.tables)
    json["tables"].push_back(TableJson(comparison, table));
  for (const auto& stratum : comparison.strata)
    json["strata"].push_back(StratumJson(comparison, stratum));
  for (const auto& difference : comparison.cells)
    json["cells"].push_back(DifferenceJson(difference));
  for (const auto& unpaired : comparison.unpaired) {
    json["unpaired"].push_back({{"matrix", unpaired.matrix},
                                {"cell", CellId(unpaired.cell)},
                                {"reason", unpaired.reason}});
  }
  return json;
}

std::string ToCsv(const Comparison& comparison) {
  std::string csv = "a,b,matrix,dataset,attack,teacher_network,student_network,distiller";
  for (const char* measure : {"acc", "asr"}) {
    for (const char* name :
         {"a", "b", "difference", "low", "high", "p", "holm", "better", "pairs", "teachers"})
      csv += fmt::format(",{}_{}", measure, name);
  }
  csv += ",unpaired,in_overall,collapsed_a,collapsed_b\n";
  for (const auto& stratum : comparison.strata) {
    const auto& where = stratum.where;
    csv += CsvLine(comparison,
                   {comparison.a, comparison.b, comparison.matrix, where.dataset, where.attack,
                    where.teacher_network, where.student_network, where.distiller},
                   stratum.acc, stratum.asr,
                   fmt::format("{},{}", stratum.unpaired, stratum.in_overall));
  }
  return csv + CsvTables(comparison) +
         CsvLine(
             comparison, {comparison.a, comparison.b, comparison.matrix, "", "overall", "", "", ""},
             comparison.acc, comparison.asr, fmt::format("{},true", comparison.unpaired.size()));
}

}  // namespace dfkd
