// A paper beside a rerun, for the terminal and for machines.
#include <fmt/ranges.h>

#include <cmath>

#include "leaderboard/standings/reference.h"

namespace dfkd {
namespace {

constexpr size_t kLabel = 12;

std::string Printed(const PrintedValue& value) {
  return fmt::format("{:.1f}/{:.1f}{}", value.acc, value.asr, value.sic.empty() ? "" : " (sic)");
}

std::string Measured(const std::optional<Summary>& summary) {
  if (!summary) return "-";
  auto text = fmt::format("{:.1f}", 100 * summary->mean);
  if (summary->sd) text += fmt::format(" ± {:.1f}", 100 * *summary->sd);
  return text;
}

std::string Difference(const std::optional<Summary>& summary, double printed) {
  return summary ? fmt::format("{:+.1f}", 100 * summary->mean - printed) : "-";
}

// fmt pads by bytes, terminals by characters.
std::string Padded(const std::string& text, size_t width) {
  size_t characters = 0;
  for (const char c : text) characters += (c & 0xc0) != 0x80;
  return characters < width ? text + std::string(width - characters, ' ') : text;
}

std::string Line(const std::string& column, const PrintedValue& value, const Rerun& rerun) {
  auto text =
      fmt::format("    {} {}", Padded(ColumnText(column), kLabel), Padded(Printed(value), 18));
  if (!rerun.acc) return text + "missing: " + rerun.missing + "\n";
  text += Padded(fmt::format("{} / {}", Measured(rerun.acc), Measured(rerun.asr)), 26);
  text += Padded(fmt::format("n {}", rerun.acc->count), 6);
  return text + fmt::format("{} / {}\n", Difference(rerun.acc, value.acc),
                            Difference(rerun.asr, value.asr));
}

bool HasRerun(const ComparedRow& row) {
  for (const auto& [unused, rerun] : row.reruns) {
    if (rerun.acc) return true;
  }
  return false;
}

std::string RowText(const ComparedRow& row) {
  std::string text =
      fmt::format("  {} [{}]\n", row.printed->label, fmt::join(row.printed->sources, ","));
  for (const auto& column : ReferenceColumns()) {
    const auto value = row.printed->values.find(column);
    if (value != row.printed->values.end())
      text += Line(column, value->second, row.reruns.at(column));
  }
  for (const auto& [column, value] : row.printed->values) {
    if (!value.sic.empty())
      text += fmt::format("    sic ({}): {}\n", ColumnText(column), value.sic);
  }
  if (!row.printed->note.empty()) text += "    note: " + row.printed->note + "\n";
  for (const auto& difference : row.differences)
    text += "    not the paper's: " + difference + "\n";
  return text;
}

std::string TableText(const ComparedTable& table) {
  std::string text, missing;
  for (const auto& row : table.rows) {
    if (HasRerun(row)) {
      text += RowText(row);
    } else {
      missing += (missing.empty() ? "" : ", ") + row.printed->label;
    }
  }
  if (!missing.empty()) text += "  no rerun of: " + missing + "\n";
  return fmt::format("\nTable {}. {}\n{}", table.printed->table, table.printed->title, text);
}

Json Number(const std::optional<Summary>& summary) {
  if (!summary) return nullptr;
  return {{"mean", summary->mean},
          {"sd", summary->sd ? Json(*summary->sd) : Json()},
          {"count", summary->count}};
}

Json Nullable(const std::string& text) { return text.empty() ? Json() : Json(text); }

// 96.9 % is 0.969, not 0.9690000000000001.
double AsFraction(double percent) { return std::round(percent * 1000) / 100000; }

Json CellJson(const PrintedValue& value, const Rerun& rerun) {
  Json json = {{"printed", {{"acc", AsFraction(value.acc)}, {"asr", AsFraction(value.asr)}}},
               {"sic", Nullable(value.sic)},
               {"rerun", nullptr},
               {"difference", nullptr},
               {"missing", Nullable(rerun.missing)}};
  if (!rerun.acc) return json;
  const auto minus = [](const std::optional<Summary>& ours, double printed) {
    return ours ? Json(ours->mean - printed / 100) : Json();
  };
  json["rerun"] = {{"acc", Number(rerun.acc)}, {"asr", Number(rerun.asr)}};
  json["difference"] = {{"acc", minus(rerun.acc, value.acc)}, {"asr", minus(rerun.asr, value.asr)}};
  return json;
}

Json RowJson(const std::string& table, const ComparedRow& row) {
  const auto& printed = *row.printed;
  Json json = {{"table", table},
               {"label", printed.label},
               {"dataset", printed.dataset},
               {"attack", printed.attack},
               {"teacher_network", printed.teacher_network},
               {"student_network", printed.student_network},
               {"distiller", printed.distiller},
               {"sources", printed.sources},
               {"note", Nullable(printed.note)},
               {"differences", row.differences},
               {"cells", Json::object()}};
  for (const auto& [column, value] : printed.values)
    json["cells"][column] = CellJson(value, row.reruns.at(column));
  return json;
}

}  // namespace

std::string ToText(const Reference& reference,
                   const std::vector<ReferenceComparison>& comparisons) {
  std::string text = fmt::format("{}: {} ({}, {})\n{}\n", reference.name, reference.title,
                                 reference.authors, reference.year, reference.url);
  if (comparisons.empty()) text += "\nno score is one of its cells\n";
  for (const auto& comparison : comparisons) {
    text += fmt::format(
        "\n== matrix {}, preset {}: {} of the paper's {} numbers were rerun\n"
        "   ACC/ASR in %: printed, rerun (mean ± sd over n seeds), rerun minus printed\n",
        comparison.matrix, comparison.preset, comparison.found, comparison.printed);
    for (const auto& table : comparison.tables) text += TableText(table);
  }
  return text;
}

Json ToJson(const Reference& reference, const std::vector<ReferenceComparison>& comparisons) {
  Json json = {{"reference", reference.name},
               {"url", reference.url},
               {"sources", reference.sources},
               {"matrices", Json::array()}};
  for (const auto& comparison : comparisons) {
    Json rows = Json::array();
    for (const auto& table : comparison.tables) {
      for (const auto& row : table.rows) rows.push_back(RowJson(table.printed->table, row));
    }
    json["matrices"].push_back({{"matrix", comparison.matrix},
                                {"preset", comparison.preset},
                                {"found", comparison.found},
                                {"printed", comparison.printed},
                                {"rows", rows}});
  }
  return json;
}

}  // namespace dfkd
