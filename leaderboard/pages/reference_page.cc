// reference/<name>.html: a paper's printed numbers beside our reruns.
#include <fmt/ranges.h>

#include <algorithm>

#include "bench/scores/folder_name.h"
#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/values.h"

namespace dfkd::site {
namespace {

// Leads to the cells that it is over.
Json WithSpread(const std::optional<Summary>& summary, const std::string& cells) {
  Json number = Missing("not recorded");
  if (summary)
    number = Shown(Percent(summary->mean), summary->sd ? "± " + Percent(*summary->sd) : "");
  number["href"] = cells;
  return number;
}

std::string Minus(const std::optional<Summary>& summary, double printed) {
  return summary ? Points(summary->mean - printed / 100) : "–";
}

Json Measured(const std::string& matrix, const PrintedValue& value, const Rerun& rerun) {
  if (!rerun.acc) return nullptr;
  const auto cells = "../" + CellsPath(matrix, rerun.cells);
  return {{"acc", WithSpread(rerun.acc, cells)},
          {"asr", WithSpread(rerun.asr, cells)},
          {"seeds", rerun.acc->count},
          {"acc_points", Minus(rerun.acc, value.acc)},
          {"asr_points", Minus(rerun.asr, value.asr)}};
}

Json Remark(const char* kind, const std::string& text) {
  Json remark = {{"sic", nullptr}, {"column", nullptr}, {"note", nullptr}, {"difference", nullptr}};
  remark[kind] = text;
  return remark;
}

Json Remarks(const PrintedRow& row, const ComparedRow* compared) {
  Json remarks = Json::array();
  for (const auto& [column, value] : row.values) {
    if (value.sic.empty()) continue;
    remarks.push_back(Remark("sic", value.sic));
    remarks.back()["column"] = ColumnText(column);
  }
  if (!row.note.empty()) remarks.push_back(Remark("note", row.note));
  if (compared) {
    for (const auto& text : compared->differences) remarks.push_back(Remark("difference", text));
  }
  return ListOrNull(std::move(remarks));
}

// One line for each printed column; the first carries the label and the remarks. `matrix`: of what
// is compared.
Json RowData(const PrintedRow& row, const ComparedRow* compared, const std::string& matrix) {
  Json lines = Json::array();
  for (const auto& column : ReferenceColumns()) {
    const auto found = row.values.find(column);
    if (found == row.values.end()) continue;
    const auto& value = found->second;
    Json line = {{"head", lines.empty()},
                 {"column", ColumnText(column)},
                 {"printed", fmt::format("{:.1f} / {:.1f}", value.acc, value.asr)},
                 {"sic", value.sic},
                 {"measured", nullptr},
                 {"unmeasured", nullptr}};
    if (compared) {
      const auto& rerun = compared->reruns.at(column);
      line["measured"] = Measured(matrix, value, rerun);
      if (!rerun.acc) line["unmeasured"] = Missing(rerun.missing);
    }
    lines.push_back(std::move(line));
  }
  return {{"span", row.values.size()},
          {"label", row.label},
          {"sources", fmt::format("{}", fmt::join(row.sources, ", "))},
          {"remarks", Remarks(row, compared)},
          {"lines", std::move(lines)}};
}

bool WasRerun(const ComparedRow& row) {
  return std::any_of(row.reruns.begin(), row.reruns.end(),
                     [](const auto& rerun) { return rerun.second.acc.has_value(); });
}

Json TableData(const PrintedTable& table, bool rerun, Json rows, const std::string& others) {
  return {{"table", table.table},
          {"title", table.title},
          {"rerun", rerun},
          {"rows", ListOrNull(std::move(rows))},
          {"others", others}};
}

// The rows of which something was rerun; the others by name.
Json RerunTable(const ComparedTable& table, const std::string& matrix) {
  Json rows = Json::array();
  std::vector<std::string> others;
  for (const auto& row : table.rows) {
    if (WasRerun(row)) {
      rows.push_back(RowData(*row.printed, &row, matrix));
    } else {
      others.push_back(row.printed->label);
    }
  }
  return TableData(*table.printed, true, std::move(rows),
                   fmt::format("{}", fmt::join(others, "; ")));
}

Json Reruns(const std::vector<ReferenceComparison>& comparisons) {
  Json reruns = Json::array();
  for (const auto& comparison : comparisons) {
    Json tables = Json::array();
    for (const auto& table : comparison.tables)
      tables.push_back(RerunTable(table, comparison.matrix));
    reruns.push_back({{"matrix", comparison.matrix},
                      {"preset", comparison.preset},
                      {"found", comparison.found},
                      {"printed", comparison.printed},
                      {"tables", std::move(tables)}});
  }
  return reruns;
}

Json PrintedTables(const Reference& reference) {
  Json tables = Json::array();
  for (const auto& table : reference.tables) {
    Json rows = Json::array();
    for (const auto& row : table.rows) rows.push_back(RowData(row, nullptr, ""));
    tables.push_back(TableData(table, false, std::move(rows), ""));
  }
  return tables;
}

Json Sources(const Reference& reference) {
  Json sources = Json::array();
  for (const auto& [tag, where] : reference.sources) {
    sources.push_back({{"tag", tag}, {"where", where}});
  }
  return sources;
}

}  // namespace

std::string ReferencePath(const Reference& reference) {
  return "reference/" + FolderName(reference.name) + ".html";
}

Json ReferenceData(const Reference& reference,
                   const std::vector<ReferenceComparison>& comparisons) {
  return PageData({.title = reference.title + " · dfkd-bench",
                   .description = "Numbers printed in a paper beside reruns by dfkd-bench.",
                   .root = "../"},
                  "reference",
                  {{"paper", reference.title},
                   {"authors", reference.authors},
                   {"year", reference.year},
                   {"url", WithoutScheme(reference.url)},
                   {"summary", reference.summary},
                   {"sources", Sources(reference)},
                   {"reruns", Reruns(comparisons)},
                   {"tables", PrintedTables(reference)}});
}

}  // namespace dfkd::site
