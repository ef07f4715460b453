// Standings, heat maps, the table of all cells, and the same cells as data.
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "leaderboard/pages/html.h"
#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/svg.h"

namespace dfkd::site {
namespace {

using html::Escape;
using html::Missing;
using html::Percent;

std::string Region(const std::string& label, const std::string& table) {
  return fmt::format(
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">{}</div>\n",
      Escape(label), table);
}

std::string Head(const std::vector<std::string>& columns) {
  std::string cells;
  for (const auto& column : columns) cells += "<th scope=\"col\">" + column + "</th>";
  return "<thead><tr>" + cells + "</tr></thead>";
}

std::string Number(const std::string& html_text) {
  return "<td class=\"n\">" + html_text + "</td>";
}
std::string Text(const std::string& text) { return "<td>" + Escape(text) + "</td>"; }

// --- standings ---

const Standing* Control(const Standings& standings) {
  for (const auto& row : standings.rows) {
    if (row.control && row.worst) return &row;
  }
  return nullptr;
}

// The answer in one sentence.
std::string Headline(const Standings& standings) {
  if (standings.rows.empty() || !standings.rows.front().rank) return "";
  const auto& best = standings.rows.front();
  std::string text =
      fmt::format("<strong>{}</strong> has the lowest worst-case ASR: {:.1f} % ({})",
                  Escape(best.defense), 100 * *best.worst, Escape(best.worst_attack));
  if (const auto* none = Control(standings)) {
    text += fmt::format(", against {:.1f} % without a defence; ACC {} points", 100 * *none->worst,
                        html::Points(best.acc->mean - none->acc->mean));
    if (best.relative_wall) text += fmt::format(", {:.1f} times the time", *best.relative_wall);
  }
  return "<p class=\"headline\">" + text + ".</p>\n";
}

std::string WithSpread(const std::optional<Summary>& summary, const std::string& why) {
  if (!summary) return Missing(why);
  std::string text = Percent(summary->mean);
  if (summary->sd) text += fmt::format(" <span class=\"ci\">± {:.1f}</span>", 100 * *summary->sd);
  return text;
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

std::string DefenseTags(const Standing& row) {
  std::string tags;
  if (row.control) tags += " <span class=\"tag\">control</span>";
  if (row.attack_aware) tags += " <span class=\"tag\">attack-aware</span>";
  if (row.collapsed > 0) {
    tags += fmt::format(" <span class=\"tag\">no rank: utility collapse in {}</span>",
                        row.collapsed == 1 ? "1 cell" : fmt::format("{} cells", row.collapsed));
  }
  return tags;
}

std::string StandingRow(const Standing& row) {
  const auto why = WhyNoNumber(row), why_no_mean = WhyNoMean(row);
  std::string html_row = fmt::format("<tr{}><td class=\"n\">{}</td><th scope=\"row\">{}{}</th>",
                                     row.rank == 1 ? " class=\"first\"" : "",
                                     row.rank ? std::to_string(*row.rank) : Missing(WhyNoRank(row)),
                                     Escape(row.defense), DefenseTags(row));
  html_row += row.worst
                  ? fmt::format("<td class=\"n\">{} <span class=\"ci\">{}</span>{}</td>",
                                Percent(*row.worst), Escape(row.worst_attack), svg::Bar(*row.worst))
                  : Number(Missing(why));
  html_row += Number(WithSpread(row.asr, why_no_mean)) + Number(WithSpread(row.acc, why));
  html_row += Number(
      Percent(row.der, row.asr ? "there is no undefended student to compare with" : why_no_mean));
  html_row += Number(row.wall_seconds ? html::Duration(*row.wall_seconds) : Missing(why));
  html_row += Number(row.relative_wall ? fmt::format("{:.1f}×", *row.relative_wall) : Missing(why));
  return html_row + Number(fmt::format("{} of {}", row.finished, row.planned)) + "</tr>\n";
}

// --- heat map ---

using HeatCell = std::vector<const Score*>;  // over seeds

std::string Link(const Score& score, const std::string& text) {
  return fmt::format("<a href=\"{}\">{}</a>", Escape(PagePath(score)), text);
}

std::string SeedLinks(const HeatCell& scores) {
  if (scores.size() < 2) return "";
  std::string links;
  for (const auto* score : scores) {
    links += " " + Link(*score, fmt::format("<span class=\"vh\">seeds </span>{}",
                                            Escape(SeedText(score->cell))));
  }
  return "<span class=\"seeds\">seeds" + links + "</span>";
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

std::string HeatCellHtml(const HeatCell& scores) {
  if (scores.empty()) return "<td class=\"heat hatch\">not in this matrix</td>";
  if (const auto* bad = Unfinished(scores)) {
    return fmt::format("<td class=\"heat hatch\">{}<span class=\"why\">{}</span>{}</td>",
                       Link(*bad, Escape(StatusText(bad->status))),
                       Escape(bad->reason.value_or("")), SeedLinks(scores));
  }
  const auto asr = MeanOf(scores, Asr), acc = MeanOf(scores, Acc), floor = MeanOf(scores, Floor);
  const auto why = WhyMissing(*scores.front());
  const auto main = asr ? "ASR " + Percent(asr) : "ACC " + Percent(acc, why);
  std::string detail = asr ? "ACC " + Percent(acc, why) : Escape(why);
  if (floor) detail += "<br>floor " + Percent(floor);
  const std::string heat = asr ? fmt::format("h{}", std::lround(10 * *asr)) : "";
  return fmt::format("<td class=\"heat {}\">{}<span class=\"why\">{}</span>{}</td>", heat,
                     scores.size() == 1 ? Link(*scores.front(), main) : main, detail,
                     SeedLinks(scores));
}

std::vector<std::string> Columns() {
  return {"Defence", "Attack",  "Distiller",     "Data set",      "Networks",
          "Seeds",   "Status",  "Teacher ACC %", "Teacher ASR %", "ACC %",
          "ASR %",   "Floor %", "RA %",          "Agreement %",   "Time"};
}

// --- all cells ---

std::string AsrWithInterval(const Score& score, const std::string& why) {
  if (!score.student || !score.student->asr) return Missing(why);
  std::string text = Percent(score.student->asr);
  const auto counts = score.counts.find("student");
  if (counts != score.counts.end() && counts->second.target) {
    text += " <span class=\"ci\">" +
            html::Interval(counts->second.target->hits, counts->second.target->of) + "</span>";
  }
  return text;
}

std::string StatusCell(const Score& score) {
  std::string text = fmt::format("<span class=\"status {}\">{}</span>", Name(score.status),
                                 Escape(StatusText(score.status)));
  for (const auto& flag : score.validity) {
    text += fmt::format(" <span class=\"tag\" title=\"{}\">{}</span>", Escape(FlagText(flag)),
                        Escape(flag));
  }
  return "<td>" + text + "</td>";
}

std::string CellRow(const Score& score) {
  const auto why = WhyMissing(score);
  const auto student = score.student.value_or(StudentScore());
  const auto teacher = score.teacher.value_or(TeacherScore());
  const auto& cell = score.cell;
  return fmt::format("<tr><th scope=\"row\"><a href=\"{}\">{}</a></th>", Escape(PagePath(score)),
                     Escape(cell.defense)) +
         Text(cell.attack) + Text(cell.distiller) + Text(cell.dataset) + Text(NetworkText(cell)) +
         Text(SeedText(cell)) + StatusCell(score) + Number(Percent(teacher.acc, why)) +
         Number(Percent(teacher.asr, why)) + Number(Percent(student.acc, why)) +
         Number(AsrWithInterval(score, why)) + Number(Percent(Floor(score), why)) +
         Number(Percent(student.ra, why)) + Number(Percent(student.agreement, why)) +
         Number(score.cost.wall_seconds ? html::Duration(*score.cost.wall_seconds) : Missing(why)) +
         "</tr>\n";
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

// Attacks that do not transfer would flatter everyone.
std::string WhatIsAveraged(const Standings& standings) {
  if (standings.transferred == 0) {
    return "missing: in none of these does the undefended student carry the backdoor";
  }
  return fmt::format("over the {} attacked {} in which the undefended student carries the backdoor",
                     standings.transferred, standings.transferred == 1 ? "cell" : "cells");
}

}  // namespace

std::string StandingsSection(const Group& group, const std::vector<const Score*>& scores,
                             const std::string& id) {
  const auto standings = StandingsOf(scores);
  if (standings.rows.empty()) return "<p>No attack passed the gate here: nothing to rank.</p>\n";
  std::string rows;
  for (const auto& row : standings.rows) rows += StandingRow(row);
  const auto caption = fmt::format(
      "<caption>Defences by their worst attack, over {} of {} attacked cells; who did not finish "
      "all of these, or collapsed in one, has no rank. Mean ASR and DER are {}. ± is the spread "
      "over the cells. Equal to the printed digit share a rank; ranks describe these cells and "
      "are no test of significance.</caption>",
      standings.shared, standings.planned, WhatIsAveraged(standings));
  return Headline(standings) +
         Region("Standings of defences with " + group.distiller,
                fmt::format("<table class=\"standings\" id=\"{}\">{}", id, caption) +
                    Head({"Rank", "Defence", "ASR %, worst attack", "ASR %, mean", "ACC %", "DER %",
                          "Time a cell", "Time, relative", "Finished"}) +
                    "<tbody>\n" + rows + "</tbody></table>");
}

std::string HeatMap(const Group& group, const std::vector<const Score*>& scores) {
  std::set<std::string> attacks;
  std::set<std::pair<bool, std::string>> defenses;  // the undefended first
  std::map<std::pair<std::string, std::string>, HeatCell> cells;
  for (const auto* score : scores) {
    defenses.emplace(score->entries.at("defense").plugin != "none", score->cell.defense);
    attacks.insert(score->cell.attack);
    cells[{score->cell.attack, score->cell.defense}].push_back(score);
  }
  std::vector<std::string> columns = {"Attack"};
  for (const auto& [unused, defense] : defenses) columns.push_back(Escape(defense));
  std::string rows;
  for (const auto& attack : attacks) {
    rows += "<tr><th scope=\"row\">" + Escape(attack) + "</th>";
    for (const auto& [unused, defense] : defenses) rows += HeatCellHtml(cells[{attack, defense}]);
    rows += "</tr>\n";
  }
  return Region(
      "Attacks and defences with " + group.distiller,
      "<table class=\"heatmap\"><caption>Attacks × defences, in percent, mean over seeds. "
      "Darker is a higher ASR; hatched did not end in a number.</caption>" +
          Head(columns) + "<tbody>\n" + rows + "</tbody></table>");
}

std::string CellTable(const ScoredMatrix& matrix, size_t number) {
  std::string rows;
  for (const auto& score : matrix.scores) rows += CellRow(score);
  std::vector<std::string> columns = Columns();
  columns[10] += " <span class=\"ci\">95 %</span>";
  return "<h3>All cells</h3>\n" +
         Region(
             "All cells of " + matrix.name,
             fmt::format("<table class=\"cells\" data-matrix=\"{}\"><caption>One row a cell; the "
                         "defence links to all about it. Seeds: teacher · student.</caption>",
                         number) +
                 Head(columns) + "<tbody>\n" + rows + "</tbody></table>");
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
