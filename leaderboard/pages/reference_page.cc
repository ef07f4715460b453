// A paper's printed numbers beside our reruns: reference/<name>.html, and its link on the index.
#include <fmt/ranges.h>

#include <algorithm>

#include "leaderboard/pages/html.h"
#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"

namespace dfkd::site {
namespace {

using html::Element;
using html::Escape;
using html::Missing;

std::string Region(const std::string& label, const std::string& table) {
  return fmt::format(
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">{}</div>\n",
      Escape(label), table);
}

std::string Pair(double acc, double asr) { return fmt::format("{:.1f} / {:.1f}", acc, asr); }

std::string PrintedCell(const PrintedValue& value) {
  auto text = Pair(value.acc, value.asr);
  if (!value.sic.empty()) text += fmt::format(" <abbr title=\"{}\">sic</abbr>", Escape(value.sic));
  return "<td class=\"n\">" + text + "</td>";
}

std::string WithSpread(const std::optional<Summary>& summary) {
  if (!summary) return "–";
  auto text = fmt::format("{:.1f}", 100 * summary->mean);
  if (summary->sd) text += fmt::format(" <span class=\"ci\">± {:.1f}</span>", 100 * *summary->sd);
  return text;
}

std::string Minus(const std::optional<Summary>& summary, double printed) {
  return summary ? html::Points(summary->mean - printed / 100) : "–";
}

std::string RerunCells(const PrintedValue& value, const Rerun& rerun) {
  if (!rerun.acc)
    return fmt::format("<td class=\"n\" colspan=\"3\">{}</td>", Missing(rerun.missing));
  return fmt::format(
      "<td class=\"n\">{} / {}</td><td class=\"n\">{}</td><td class=\"n\">{} / {}</td>",
      WithSpread(rerun.acc), WithSpread(rerun.asr), rerun.acc->count, Minus(rerun.acc, value.acc),
      Minus(rerun.asr, value.asr));
}

std::string Remarks(const PrintedRow& row, const ComparedRow* compared) {
  std::vector<std::string> remarks;
  for (const auto& [column, value] : row.values) {
    if (!value.sic.empty()) remarks.push_back("sic, " + ColumnText(column) + ": " + value.sic);
  }
  if (!row.note.empty()) remarks.push_back(row.note);
  if (compared) {
    for (const auto& difference : compared->differences) remarks.push_back("rerun: " + difference);
  }
  if (remarks.empty()) return "";
  std::string items;
  for (const auto& remark : remarks) items += Element("li", Escape(remark));
  return "<ul class=\"remarks\">" + items + "</ul>";
}

// One line for each printed column; the label and the remarks span them.
std::string RowLines(const PrintedRow& row, const ComparedRow* compared) {
  std::string lines;
  for (const auto& column : ReferenceColumns()) {
    const auto value = row.values.find(column);
    if (value == row.values.end()) continue;
    lines += lines.empty() ? "<tr class=\"head\">" : "<tr>";
    if (lines == "<tr class=\"head\">") {
      lines += fmt::format(
          "<th scope=\"rowgroup\" rowspan=\"{}\">{} <span class=\"tag\">{}</span>{}</th>",
          row.values.size(), Escape(row.label),
          Escape(fmt::format("{}", fmt::join(row.sources, ", "))), Remarks(row, compared));
    }
    const auto rerun =
        compared ? RerunCells(value->second, compared->reruns.at(column)) : std::string();
    lines += fmt::format("<th scope=\"row\">{}</th>{}{}</tr>\n", Escape(ColumnText(column)),
                         PrintedCell(value->second), rerun);
  }
  return "<tbody>" + lines + "</tbody>";
}

bool WasRerun(const ComparedRow& row) {
  return std::any_of(row.reruns.begin(), row.reruns.end(),
                     [](const auto& rerun) { return rerun.second.acc.has_value(); });
}

std::string TableOf(const PrintedTable& table, const std::string& rows, bool with_rerun) {
  const char* more = with_rerun ? "<th scope=\"col\">Rerun</th><th scope=\"col\">Seeds</th>"
                                  "<th scope=\"col\">Difference</th>"
                                : "";
  return Region("Table " + table.table,
                fmt::format("<table class=\"paper\"><caption>ACC / ASR in percent{}</caption>"
                            "<thead><tr><th scope=\"col\">Row of the paper</th><th scope=\"col\">"
                            "Model</th><th scope=\"col\">Printed</th>{}</tr></thead>{}</table>",
                            with_rerun ? "; differences are rerun minus printed, in points." : ".",
                            more, rows));
}

std::string Title(const PrintedTable& table) {
  return fmt::format("<h3>Table {}. {}</h3>\n", Escape(table.table), Escape(table.title));
}

// The rows of which something was rerun; the others by name.
std::string RerunTable(const ComparedTable& table) {
  std::string rows;
  std::vector<std::string> others;
  for (const auto& row : table.rows) {
    if (WasRerun(row)) {
      rows += RowLines(*row.printed, &row);
    } else {
      others.push_back(row.printed->label);
    }
  }
  std::string section = Title(*table.printed);
  if (!rows.empty()) section += TableOf(*table.printed, rows, true);
  if (others.empty()) return section;
  return section + fmt::format("<p class=\"facts\">Not rerun: {}.</p>\n",
                               Escape(fmt::format("{}", fmt::join(others, "; "))));
}

// As text: the pages ask for nothing outside their folder.
std::string WithoutScheme(const std::string& url) {
  const auto at = url.find("://");
  return at == url.npos ? url : url.substr(at + 3);
}

std::string Head(const Reference& reference) {
  std::string sources;
  for (const auto& [tag, where] : reference.sources)
    sources += fmt::format("<dt>{}</dt><dd>{}</dd>", Escape(tag), Escape(where));
  return fmt::format(
      "<nav aria-label=\"Breadcrumb\"><a href=\"../index.html\">Leaderboard</a></nav>\n"
      "<header class=\"top\"><h1>{}</h1>\n<p class=\"lede\">{} ({}). <code>{}</code></p>\n"
      "<p>{}</p></header>\n<p>Printed numbers are the paper's. Reruns are ours, by this program, "
      "and listed with what makes them another experiment.</p>\n<dl class=\"facts-list\">{}</dl>\n",
      Escape(reference.title), Escape(reference.authors), reference.year,
      Escape(WithoutScheme(reference.url)), Escape(reference.summary), sources);
}

std::string RerunSection(const ReferenceComparison& comparison) {
  auto section = fmt::format(
      "<section><h2>Rerun: {} <span class=\"tag\">{}</span></h2>\n"
      "<p class=\"facts\">{} of {} printed numbers were rerun.</p>\n",
      Escape(comparison.matrix), Escape(comparison.preset), comparison.found, comparison.printed);
  for (const auto& table : comparison.tables) section += RerunTable(table);
  return section + "</section>\n";
}

std::string PrintedSection(const Reference& reference) {
  std::string section = "<section><h2>All printed numbers</h2>\n";
  for (const auto& table : reference.tables) {
    std::string rows;
    for (const auto& row : table.rows) rows += RowLines(row, nullptr);
    section += Title(table) + TableOf(table, rows, false);
  }
  return section + "</section>\n";
}

}  // namespace

std::string ReferencePath(const Reference& reference) {
  return "reference/" + FolderName(reference.name) + ".html";
}

std::string ReferencePage(const Reference& reference,
                          const std::vector<ReferenceComparison>& comparisons) {
  std::string body = Head(reference);
  if (comparisons.empty()) body += "<p class=\"facts\">None of these cells was rerun yet.</p>\n";
  for (const auto& comparison : comparisons) body += RerunSection(comparison);
  body += PrintedSection(reference);
  return Page(reference.title, "../", body);
}

std::string ReferenceLinks(const std::vector<Reference>& references) {
  if (references.empty()) return "";
  std::string links;
  for (const auto& reference : references) {
    links += fmt::format("<li><a href=\"{}\">{} ({})</a></li>", ReferencePath(reference),
                         Escape(reference.title), reference.year);
  }
  return "<nav aria-label=\"Papers\"><p class=\"facts\">Printed in papers, and rerun:</p>"
         "<ul class=\"contents\">" +
         links + "</ul></nav>\n";
}

}  // namespace dfkd::site
