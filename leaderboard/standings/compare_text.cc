// A comparison as text, Markdown and LaTeX.
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "bench/core/printable.h"
#include "leaderboard/standings/compare.h"
#include "leaderboard/standings/text_layout.h"

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

// Who has the lower ASR; in brackets if nobody proved it, or if it is that of a student that
// collapsed.
std::string LowerText(const Comparison& comparison, const std::optional<Compared>& asr) {
  if (!asr) return "-";
  const auto better = ProvenBetter(comparison, *asr, /*less=*/true);
  if (!better.empty()) return better;
  const auto tenths = std::llround(1000 * asr->difference.mean);
  if (tenths == 0) return "(equal)";
  const bool is_a = tenths < 0;
  return fmt::format("({}{})", is_a ? comparison.a : comparison.b,
                     (is_a ? asr->collapsed_a : asr->collapsed_b) > 0 ? ", collapsed" : "");
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

// "deepinversion": in what a table differs from the others; "" of the only one.
std::string TableName(const Comparison& comparison, const TableComparison& table) {
  auto different = NamesOf(comparison).different;
  std::erase(different, &Cell::attack);
  return NameOf(table.where, different);
}

std::string CellsText(const std::optional<Compared>& asr) {
  return asr ? std::to_string(asr->difference.cells) : "-";
}

Row StratumRow(const Comparison& comparison, const StratumComparison& stratum,
               const std::string& name) {
  const bool marked = stratum.asr && !stratum.in_overall;
  return TableRow(comparison, name + (marked ? " *" : ""), stratum.acc, stratum.asr,
                  PairsText(stratum));
}

Row OverallRow(const Comparison& comparison, const TableComparison& table,
               const std::string& name) {
  return TableRow(comparison, name, table.acc, table.asr, CellsText(table.asr));
}

// Of several tables all of them, of which nothing is tested.
Row PooledRow(const Comparison& comparison, const std::string& name) {
  auto row = TableRow(comparison, name, comparison.acc, comparison.asr, CellsText(comparison.asr));
  row[7] = row[9] = "-";
  return row;
}

Row HeadOf(const Comparison& comparison) {
  return {"attack",
          "ACC " + comparison.a,
          comparison.b,
          "diff",
          "ASR " + comparison.a,
          comparison.b,
          "diff",
          "95 %",
          "Holm p",
          "lower ASR",
          "pairs"};
}

// Head first, an "overall" a table and what is pooled last.
std::vector<Row> RowsOf(const Comparison& comparison) {
  std::vector<Row> rows = {HeadOf(comparison)};
  const auto names = NamesOf(comparison);
  for (const auto& stratum : comparison.strata)
    rows.push_back(StratumRow(comparison, stratum, NameOf(stratum.where, names.different)));
  for (const auto& table : comparison.tables) {
    const auto name = TableName(comparison, table);
    rows.push_back(OverallRow(comparison, table, name.empty() ? "overall" : "overall, " + name));
  }
  if (comparison.tables.size() > 1)
    rows.push_back(
        PooledRow(comparison, fmt::format("pooled, {} tables", comparison.tables.size())));
  return rows;
}

// --- the table of a screen

constexpr size_t kScreenColumns = 100;

// Of several tables each has a heading, so that no row repeats it.
std::vector<Row> ScreenRows(const Comparison& comparison) {
  if (comparison.tables.size() == 1) return RowsOf(comparison);
  std::vector<Row> rows = {HeadOf(comparison)};
  for (const auto& table : comparison.tables) {
    rows.push_back(Row());
    rows.push_back(Row{TableName(comparison, table)});
    for (const auto& stratum : comparison.strata) {
      if (table.Holds(stratum.where))
        rows.push_back(StratumRow(comparison, stratum, stratum.where.attack));
    }
    rows.push_back(OverallRow(comparison, table, "overall"));
  }
  rows.push_back(Row());
  rows.push_back(PooledRow(comparison, "pooled"));
  return rows;
}

// Names that make the table wider than a screen are letters in it, which the title explains.
struct ScreenTable {
  std::string text;
  bool letters = false;
};

ScreenTable ScreenTableOf(const Comparison& comparison) {
  auto text = AlignedText(ScreenRows(comparison));
  if (WidestLine(text) <= kScreenColumns) return {std::move(text), false};
  auto lettered = comparison;
  lettered.a = "A", lettered.b = "B";
  return {AlignedText(ScreenRows(lettered)), true};
}

// --- what stands around it

std::string TitleLine(const Comparison& comparison, bool letters = false) {
  const auto names = NamesOf(comparison);
  auto text = fmt::format("{}{} minus {}{}, matrix {}", comparison.a, letters ? " (A)" : "",
                          comparison.b, letters ? " (B)" : "", comparison.matrix);
  if (!names.common.empty()) text += ": " + NameOf(comparison.strata.front().where, names.common);
  return text;
}

constexpr char kUnits[] = "ACC and ASR in percent, attacks weighing alike; differences in points";

// "ood_kd: ", where there are several tables.
std::string TablePrefix(const Comparison& comparison, const TableComparison& table) {
  const auto name = TableName(comparison, table);
  return name.empty() ? "" : name + ": ";
}

std::string TracksText(const Comparison& comparison) {
  std::string text;
  for (const auto& table : comparison.tables) {
    if (table.tracks_a == table.tracks_b) continue;
    text += fmt::format(
        "{}Different tracks: {} is on {}, {} on {}\n", TablePrefix(comparison, table), comparison.a,
        fmt::join(table.tracks_a, ", "), comparison.b, fmt::join(table.tracks_b, ", "));
  }
  return text;
}

std::string AccText(const Comparison& comparison, const TableComparison& table) {
  const auto prefix = TablePrefix(comparison, table);
  if (!table.acc) return prefix + "ACC: no attacked pairs\n";
  const auto& acc = *table.acc;
  const auto attacked = std::count_if(
      comparison.cells.begin(), comparison.cells.end(),
      [&](const CellDifference& one) { return one.attacked && one.acc && table.Holds(one.cell); });
  return fmt::format("{}ACC {} points over {} of {} attacked pairs, 95 % {}, Holm p {}\n", prefix,
                     Points(acc.difference.mean), acc.difference.cells, attacked,
                     RangeText(acc.difference.interval), HolmText(acc.holm));
}

// "5 teacher seeds", or "5 teacher seeds, 3 of an attack": on so few the interval stands.
std::string SeedsText(const Estimate& difference) {
  auto text = fmt::format("{} teacher seeds", difference.teachers);
  if (difference.degrees + 1 < difference.teachers)
    text += fmt::format(", {} of an attack", difference.degrees + 1);
  return text;
}

std::string CertaintyText(const Comparison& comparison, const TableComparison& table) {
  const auto prefix = TablePrefix(comparison, table);
  if (!table.asr) return prefix + "ASR: no pairs that count\n";
  const auto& difference = table.asr->difference;
  if (!difference.interval) {
    return fmt::format(
        "{}No interval: it takes {} teacher seeds of an attack, and some have fewer; "
        "nothing is proven\n",
        prefix, kFewestTeachers);
  }
  return fmt::format(
      "{}Holm p: over the attacks; overall, over the {} pairs of those that finished nine tenths "
      "and these two. {}. (name): lower, not proven\n",
      prefix, table.pairs_of_table, SeedsText(difference));
}

std::string CostText(const Comparison& comparison, const TableComparison& table) {
  const auto prefix = TablePrefix(comparison, table);
  if (table.costs.empty())
    return prefix + "cost: of no attacked pair known on one kind of device\n";
  std::string text;
  for (const auto& cost : table.costs) {
    text += fmt::format("{}cost, {}-seconds a cell: {} {:.1f}, {} {:.1f}", prefix, cost.device,
                        comparison.a, cost.a, comparison.b, cost.b);
    if (cost.times) text += fmt::format(" ({:.2f} times, mean over cells)", *cost.times);
    text += fmt::format(", over {} pair{}\n", cost.pairs, cost.pairs == 1 ? "" : "s");
  }
  return text;
}

// Pairs that are in no overall ASR.
struct PairsOut {
  int64_t pairs = 0, uncounted = 0, thin = 0;
};

PairsOut PairsOutOf(const Comparison& comparison) {
  std::set<Cell> strata;
  for (const auto& stratum : comparison.strata) {
    if (stratum.in_overall) strata.insert(stratum.where);
  }
  PairsOut out;
  for (const auto& cell : comparison.cells) {
    if (!cell.asr) continue;
    auto where = cell.cell;
    where.defense.clear();
    where.teacher_seed = where.student_seed = 0;
    ++out.pairs;
    out.uncounted += !cell.counted;
    out.thin += cell.counted && !strata.contains(where);
  }
  return out;
}

std::string OutText(const Comparison& comparison) {
  const auto out = PairsOutOf(comparison);
  std::string text;
  if (out.uncounted + out.thin > 0) {
    std::vector<std::string> why;
    if (out.uncounted > 0)
      why.push_back(fmt::format("of {} the attack fails or does not transfer", out.uncounted));
    if (out.thin > 0)
      why.push_back(fmt::format("of {} fewer than {} teacher seeds of the attack are shared",
                                out.thin, kFewestTeachers));
    text += fmt::format("{} of {} pairs are not in the overall ASR: {}\n", out.uncounted + out.thin,
                        out.pairs, fmt::join(why, ", "));
  }
  const bool marked =
      std::any_of(comparison.strata.begin(), comparison.strata.end(),
                  [](const StratumComparison& one) { return one.asr && !one.in_overall; });
  if (marked) {
    text +=
        fmt::format("* not in the overall ASR: fewer than {} teacher seeds shared, or as above\n",
                    kFewestTeachers);
  }
  return text;
}

std::string PooledText(const Comparison& comparison) {
  if (comparison.tables.size() == 1) return "";
  return fmt::format(
      "{} tables, each with its tests: what is pooled over them is not tested; --distiller "
      "chooses\n",
      comparison.tables.size());
}

// By table: a collapse costs the rank of the one where it happened.
std::string CollapsedText(const Comparison& comparison) {
  std::string text;
  for (const auto& table : comparison.tables) {
    if (!table.asr) continue;
    for (const auto& [defense, count] : {std::pair(comparison.a, table.asr->collapsed_a),
                                         std::pair(comparison.b, table.asr->collapsed_b)}) {
      if (count == 0) continue;
      text += fmt::format("{}{} collapsed in {} under an attack: a low ASR there is no defence\n",
                          TablePrefix(comparison, table), defense,
                          CellCount(static_cast<size_t>(count)));
    }
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

// --- the formats of pages and papers

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

// Below a table that leaves the screen: a sentence each, without its stop.
std::vector<std::string> NotesOf(const Comparison& comparison) {
  std::vector<std::string> notes = {kUnits};
  auto text = TracksText(comparison);
  for (const auto& table : comparison.tables) text += CertaintyText(comparison, table);
  text += PooledText(comparison) + CollapsedText(comparison) + OutText(comparison);
  for (size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    notes.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return notes;
}

}  // namespace

std::string ToText(const Comparison& comparison) {
  const auto table = ScreenTableOf(comparison);
  const auto head = fmt::format("{}\n{}\n{}", TitleLine(comparison, table.letters), kUnits,
                                TracksText(comparison));
  std::string notes;
  for (const auto& one : comparison.tables)
    notes += AccText(comparison, one) + CertaintyText(comparison, one);
  notes += PooledText(comparison) + CollapsedText(comparison) + OutText(comparison);
  for (const auto& one : comparison.tables) notes += CostText(comparison, one);
  return fmt::format("{}\n{}\n{}{}", Wrapped(head, kScreenColumns), table.text,
                     Wrapped(notes, kScreenColumns), UnpairedText(comparison));
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
  text += "\n" + MarkdownText(TitleLine(comparison)) + ".\n";
  for (const auto& note : NotesOf(comparison)) text += MarkdownText(note) + ".\n";
  return text;
}

std::string ToLatex(const Comparison& comparison) {
  const auto rows = RowsOf(comparison);
  const auto columns = rows[0].size();
  auto text = fmt::format(
      "\\begin{{tabular}}{{l{}}}\n\\toprule\n"
      "\\multicolumn{{{}}}{{l}}{{{}}} \\\\\n\\midrule\n",
      std::string(columns - 1, 'r'), columns, LatexText(TitleLine(comparison)));
  const auto first_overall = 1 + comparison.strata.size();
  for (size_t i = 0; i < rows.size(); ++i) {
    Row escaped;
    for (const auto& value : rows[i]) escaped.push_back(LatexText(value));
    if (i == first_overall) text += "\\midrule\n";
    text += fmt::format("{} \\\\\n", fmt::join(escaped, " & "));
    if (i == 0) text += "\\midrule\n";
  }
  text += "\\bottomrule\n";
  for (const auto& note : NotesOf(comparison)) {
    text += fmt::format("\\multicolumn{{{}}}{{p{{0.9\\linewidth}}}}{{\\footnotesize {}.}} \\\\\n",
                        columns, LatexText(note));
  }
  return text + "\\end{tabular}\n";
}

}  // namespace dfkd
