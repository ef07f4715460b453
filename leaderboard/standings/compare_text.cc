// A comparison as text, JSON, Markdown, LaTeX and CSV.
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "bench/core/printable.h"
#include "leaderboard/standings/compare.h"
#include "leaderboard/standings/rounded.h"

namespace dfkd {
namespace {

constexpr size_t kMostUnpaired = 12;

using Row = std::vector<std::string>;

std::string CellCount(size_t count) {
  return fmt::format("{} cell{}", count, count == 1 ? "" : "s");
}

// --- numbers

std::string Points(double fraction) { return fmt::format("{:+.1f}", 100 * fraction); }
std::string Hundredths(double fraction) { return fmt::format("{:.1f}", 100 * fraction); }

std::string RangeText(const std::optional<Interval>& interval) {
  if (!interval) return "-";
  return fmt::format("[{}, {}]", Points(interval->low), Points(interval->high));
}

std::string HolmText(const std::optional<double>& p) {
  if (!p) return "-";
  return *p < 0.0005 ? "<0.001" : fmt::format("{:.3f}", *p);
}

// --- the table

// What the strata differ in names them: the attack, and what else is not the same in all.
struct Names {
  std::vector<std::string Cell::*> common, different;
};

Names NamesOf(const Comparison& comparison) {
  Names names;
  for (const auto member : {&Cell::attack, &Cell::dataset, &Cell::distiller, &Cell::teacher_network,
                            &Cell::student_network}) {
    std::set<std::string> values;
    for (const auto& stratum : comparison.strata) values.insert(stratum.where.*member);
    (member == &Cell::attack || values.size() > 1 ? names.different : names.common)
        .push_back(member);
  }
  return names;
}

std::string NameOf(const Cell& where, const std::vector<std::string Cell::*>& members) {
  std::vector<std::string> parts;
  for (const auto member : members) parts.push_back(where.*member);
  return fmt::format("{}", fmt::join(parts, ", "));
}

void AddMeasure(const std::optional<Compared>& measure, Row& row) {
  if (!measure) return row.insert(row.end(), {"-", "-", "-"}), void();
  row.push_back(Hundredths(measure->a.mean));
  row.push_back(Hundredths(measure->b.mean));
  row.push_back(Points(measure->difference.mean));
}

// Who has the lower ASR; in brackets if nobody proved it.
std::string LowerText(const Comparison& comparison, const std::optional<Compared>& asr) {
  if (!asr) return "-";
  const auto better = ProvenBetter(comparison, *asr, /*less=*/true);
  if (!better.empty()) return better;
  const auto tenths = std::llround(1000 * asr->difference.mean);
  if (tenths == 0) return "(equal)";
  return fmt::format("({})", tenths < 0 ? comparison.a : comparison.b);
}

Row TableRow(const Comparison& comparison, const std::string& name,
             const std::optional<Compared>& acc, const std::optional<Compared>& asr,
             const std::string& pairs) {
  Row row = {name};
  AddMeasure(acc, row);
  AddMeasure(asr, row);
  row.push_back(asr ? RangeText(asr->difference.interval) : "-");
  row.push_back(asr ? HolmText(asr->holm) : "-");
  row.push_back(LowerText(comparison, asr));
  row.push_back(pairs);
  return row;
}

std::string PairsText(const StratumComparison& stratum) {
  if (stratum.unpaired == 0) return std::to_string(stratum.pairs);
  return fmt::format("{} of {}", stratum.pairs, stratum.pairs + stratum.unpaired);
}

// Head first, "overall" last.
std::vector<Row> RowsOf(const Comparison& comparison) {
  std::vector<Row> rows = {{"attack", "ACC " + comparison.a, comparison.b, "diff",
                            "ASR " + comparison.a, comparison.b, "diff", "95 %", "Holm p",
                            "lower ASR", "pairs"}};
  const auto names = NamesOf(comparison);
  for (const auto& stratum : comparison.strata) {
    const bool marked = stratum.asr && !stratum.in_overall;
    rows.push_back(TableRow(comparison,
                            NameOf(stratum.where, names.different) + (marked ? " *" : ""),
                            stratum.acc, stratum.asr, PairsText(stratum)));
  }
  rows.push_back(TableRow(comparison, "overall", comparison.acc, comparison.asr,
                          comparison.asr ? std::to_string(comparison.asr->difference.cells) : "-"));
  return rows;
}

std::string AlignedText(const std::vector<Row>& rows) {
  std::vector<size_t> widths(rows[0].size(), 0);
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line = fmt::format("{:<{}}", row[0], widths[0]);
    for (size_t i = 1; i < row.size(); ++i) line += fmt::format("  {:>{}}", row[i], widths[i]);
    text += line + "\n";
  }
  return text;
}

// --- what stands around it

std::string TitleText(const Comparison& comparison) {
  const auto names = NamesOf(comparison);
  auto text = fmt::format("{} minus {}, matrix {}", comparison.a, comparison.b, comparison.matrix);
  if (!names.common.empty()) text += ": " + NameOf(comparison.strata.front().where, names.common);
  text += "\nACC and ASR in percent, attacks weighing alike; differences in points\n";
  if (comparison.tracks_a != comparison.tracks_b) {
    text += fmt::format("Different tracks: {} is on {}, {} on {}\n", comparison.a,
                        fmt::join(comparison.tracks_a, ", "), comparison.b,
                        fmt::join(comparison.tracks_b, ", "));
  }
  return text + "\n";
}

std::string AccText(const Comparison& comparison) {
  if (!comparison.acc) return "ACC: no attacked pairs\n";
  const auto& acc = *comparison.acc;
  const auto attacked =
      std::count_if(comparison.cells.begin(), comparison.cells.end(),
                    [](const CellDifference& cell) { return cell.attacked && cell.acc; });
  return fmt::format("ACC {} points over {} of {} attacked pairs, 95 % {}, Holm p {}\n",
                     Points(acc.difference.mean), acc.difference.cells, attacked,
                     RangeText(acc.difference.interval), HolmText(acc.holm));
}

std::string OutText(const Comparison& comparison) {
  int64_t pairs = 0, out = 0;
  for (const auto& cell : comparison.cells) {
    pairs += cell.asr.has_value();
    out += cell.asr && !cell.counted;
  }
  std::string text;
  if (out > 0) {
    text += fmt::format(
        "{} of {} pairs are not in the overall ASR: the attack fails or does not "
        "transfer\n",
        out, pairs);
  }
  const bool thin =
      std::any_of(comparison.strata.begin(), comparison.strata.end(),
                  [](const StratumComparison& one) { return one.asr && !one.in_overall; });
  if (thin) {
    text +=
        fmt::format("* not in the overall ASR: fewer than {} teacher seeds shared, or as above\n",
                    kFewestTeachers);
  }
  return text;
}

std::string CertaintyText(const Comparison& comparison) {
  if (!comparison.asr) return "ASR: no pairs that count\n";
  const auto& difference = comparison.asr->difference;
  if (!difference.interval) {
    return fmt::format(
        "No interval: it takes {} teacher seeds of an attack, and some have fewer; "
        "nothing is proven\n",
        kFewestTeachers);
  }
  return fmt::format(
      "Holm p: over the attacks; overall, over the {} pairs of defences here. {} teacher seeds. "
      "(name): lower, not proven\n",
      comparison.pairs_of_table, difference.teachers);
}

std::string CostText(const Comparison& comparison) {
  if (comparison.costs.empty()) return "cost: of no attacked pair known on one kind of device\n";
  std::string text;
  for (const auto& cost : comparison.costs) {
    text += fmt::format("cost, {}-seconds a cell: {} {:.1f}, {} {:.1f}", cost.device, comparison.a,
                        cost.a, comparison.b, cost.b);
    if (cost.b > 0) text += fmt::format(" ({:.2f} times)", cost.a / cost.b);
    text += fmt::format(", over {} pair{}\n", cost.pairs, cost.pairs == 1 ? "" : "s");
  }
  return text;
}

// What is missing for one reason, of one defence under one attack, is one line.
std::vector<std::string> UnpairedLines(const Comparison& comparison) {
  const auto names = NamesOf(comparison);
  std::map<std::string, std::vector<const Unpaired*>> groups;
  std::vector<std::string> order, lines;
  for (const auto& one : comparison.unpaired) {
    const auto key =
        fmt::format("{}, {}: {}", NameOf(one.cell, names.different), one.cell.defense, one.reason);
    auto& group = groups[key];
    if (group.empty()) order.push_back(key);
    group.push_back(&one);
  }
  for (const auto& key : order) {
    const auto& group = groups.at(key);
    const auto& first = *group.front();
    const auto what = group.size() == 1
                          ? CellId(first.cell)
                          : fmt::format("{}, {}: {}", NameOf(first.cell, names.different),
                                        first.cell.defense, CellCount(group.size()));
    lines.push_back(fmt::format("  {}  {}\n", what, first.reason));
  }
  return lines;
}

std::string UnpairedText(const Comparison& comparison) {
  const auto lines = UnpairedLines(comparison);
  if (lines.empty()) return "";
  auto text = fmt::format("\nleft out, {}:\n", CellCount(comparison.unpaired.size()));
  for (size_t i = 0; i < std::min(lines.size(), kMostUnpaired); ++i) text += lines[i];
  if (lines.size() > kMostUnpaired) {
    text += fmt::format("  and {} more lines: --json names all, --matrix chooses\n",
                        lines.size() - kMostUnpaired);
  }
  return text;
}

// --- JSON, and the formats of pages, papers and spreadsheets

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
          {"teachers", difference.teachers}};
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
          {"seconds", Rounded(difference.seconds)},
          {"wall_seconds", Rounded(difference.wall_seconds)}};
}

// The texts of the tables are ids of strangers: a line break in one is shown (Printable) and breaks
// no line.

// What stands before a character that means something else in LaTeX.
std::string LatexText(const std::string& text) {
  static const std::map<char, std::string> escapes = {{'\\', "\\textbackslash{}"},
                                                      {'~', "\\textasciitilde{}"},
                                                      {'^', "\\textasciicircum{}"},
                                                      {'<', "$<$"},
                                                      {'>', "$>$"}};
  std::string escaped;
  for (const char c : Printable(text)) {
    const auto found = escapes.find(c);
    if (found != escapes.end()) {
      escaped += found->second;
    } else {
      if (std::string("&%$#_{}").find(c) != std::string::npos) escaped += '\\';
      escaped += c;
    }
  }
  return escaped;
}

std::string MarkdownText(const std::string& text) {
  std::string escaped;
  for (const char c : Printable(text)) {
    if (std::string("|*_<>[]`\\#&$~").find(c) != std::string::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
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

std::string CsvLine(const Comparison& comparison, const Row& names,
                    const std::optional<Compared>& acc, const std::optional<Compared>& asr,
                    const std::string& end) {
  Row quoted;
  for (const auto& name : names) quoted.push_back(QuotedText(name));
  return fmt::format("{}{}{},{}\n", fmt::join(quoted, ","), CsvMeasure(comparison, acc, false),
                     CsvMeasure(comparison, asr, true), end);
}

}  // namespace

std::string ToText(const Comparison& comparison) {
  return TitleText(comparison) + AlignedText(RowsOf(comparison)) + "\n" + AccText(comparison) +
         CertaintyText(comparison) + OutText(comparison) + CostText(comparison) +
         UnpairedText(comparison);
}

Json ToJson(const Comparison& comparison) {
  Json json = {{"a", comparison.a},
               {"b", comparison.b},
               {"matrix", comparison.matrix},
               {"tracks", {{"a", comparison.tracks_a}, {"b", comparison.tracks_b}}},
               {"acc", MeasureJson(comparison, comparison.acc, false)},
               {"asr", MeasureJson(comparison, comparison.asr, true)},
               {"pairs_of_table", comparison.pairs_of_table},
               {"costs", Json::array()},
               {"strata", Json::array()},
               {"cells", Json::array()},
               {"unpaired", Json::array()}};
  for (const auto& cost : comparison.costs) {
    json["costs"].push_back({{"a", Rounded(cost.a)},
                             {"b", Rounded(cost.b)},
                             {"device", cost.device},
                             {"pairs", cost.pairs}});
  }
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

std::string ToMarkdown(const Comparison& comparison) {
  std::string text;
  const auto rows = RowsOf(comparison);
  for (size_t i = 0; i < rows.size(); ++i) {
    for (const auto& value : rows[i]) text += "| " + MarkdownText(value) + " ";
    text += "|\n";
    if (i > 0) continue;
    for (size_t j = 0; j < rows[0].size(); ++j) text += j == 0 ? "|---" : "|--:";
    text += "|\n";
  }
  return text;
}

std::string ToLatex(const Comparison& comparison) {
  const auto rows = RowsOf(comparison);
  auto text = "\\begin{tabular}{l" + std::string(rows[0].size() - 1, 'r') + "}\n\\toprule\n";
  for (size_t i = 0; i < rows.size(); ++i) {
    Row escaped;
    for (const auto& value : rows[i]) escaped.push_back(LatexText(value));
    if (i + 1 == rows.size()) text += "\\midrule\n";
    text += fmt::format("{} \\\\\n", fmt::join(escaped, " & "));
    if (i == 0) text += "\\midrule\n";
  }
  return text + "\\bottomrule\n\\end{tabular}\n";
}

std::string ToCsv(const Comparison& comparison) {
  std::string csv = "a,b,matrix,dataset,attack,teacher_network,student_network,distiller";
  for (const char* measure : {"acc", "asr"}) {
    for (const char* name :
         {"a", "b", "difference", "low", "high", "p", "holm", "better", "pairs", "teachers"})
      csv += fmt::format(",{}_{}", measure, name);
  }
  csv += ",unpaired,in_overall\n";
  for (const auto& stratum : comparison.strata) {
    const auto& where = stratum.where;
    csv += CsvLine(comparison,
                   {comparison.a, comparison.b, comparison.matrix, where.dataset, where.attack,
                    where.teacher_network, where.student_network, where.distiller},
                   stratum.acc, stratum.asr,
                   fmt::format("{},{}", stratum.unpaired, stratum.in_overall));
  }
  return csv + CsvLine(comparison,
                       {comparison.a, comparison.b, comparison.matrix, "", "overall", "", "", ""},
                       comparison.acc, comparison.asr,
                       fmt::format("{},true", comparison.unpaired.size()));
}

}  // namespace dfkd
