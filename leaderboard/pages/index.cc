// index.html: what a reader wants to know first, first.
#include <fmt/ranges.h>

#include <set>

#include "leaderboard/pages/html.h"
#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/svg.h"

namespace dfkd::site {
namespace {

using html::Element;
using html::Escape;

void Replace(std::string& text, const std::string& place, const std::string& with) {
  for (auto at = text.find(place); at != text.npos; at = text.find(place, at + with.size())) {
    text.replace(at, place.size(), with);
  }
}

std::string Plural(int64_t count, const char* noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string Banner(const ScoredMatrix& matrix) {
  if (!matrix.demonstration()) return "";
  return "<p class=\"banner\"><strong>Demonstration.</strong> These runs are too small to conclude "
         "anything from: they show what the leaderboard looks like.</p>\n";
}

std::string Facts(const ScoredMatrix& matrix) {
  std::map<Status, int64_t> states;
  std::set<std::string> datasets, attacks, defenses;
  for (const auto& score : matrix.scores) {
    ++states[score.status];
    datasets.insert(score.cell.dataset);
    attacks.insert(score.cell.attack);
    defenses.insert(score.cell.defense);
  }
  std::vector<std::string> counts;
  for (const auto& [status, count] : states) {
    counts.push_back(fmt::format("{} {}", count, StatusText(status)));
  }
  return fmt::format("<p class=\"facts\">{}: {} · {} · {} · {}</p>\n",
                     Plural(static_cast<int64_t>(matrix.scores.size()), "cell"),
                     fmt::join(counts, ", "),
                     Plural(static_cast<int64_t>(datasets.size()), "data set"),
                     Plural(static_cast<int64_t>(attacks.size()), "attack"),
                     Plural(static_cast<int64_t>(defenses.size()), "defence"));
}

std::string ParetoSection(const Group& group, const std::vector<const Score*>& scores,
                          const std::string& id) {
  std::vector<svg::Mark> marks;
  std::string said;
  for (const auto& row : StandingsOf(scores).rows) {
    if (!row.asr) continue;
    marks.push_back({row.defense, row.asr->mean, row.acc->mean, row.singles});
    said += fmt::format("{}: ASR {:.1f} %, ACC {:.1f} %. ", row.defense, 100 * row.asr->mean,
                        100 * row.acc->mean);
  }
  if (marks.empty()) return "";
  return fmt::format(
      "<figure>{}<figcaption>Large marks are the means of the table, small ones are cells. "
      "Top left is best; the line joins what no other defence beats in both.</figcaption>"
      "</figure>\n",
      svg::Pareto({id, "ACC over ASR, " + group.distiller, said, "ASR % (lower is better)",
                   "ACC % (higher is better)"},
                  marks));
}

std::string GroupHeading(const Group& group) {
  return fmt::format(
      "<h3>{} <span class=\"sub\">on {}, {} → {}</span> <span class=\"tag\">{}</span></h3>\n",
      Escape(group.distiller), Escape(group.dataset), Escape(group.teacher_network),
      Escape(group.student_network), Escape(group.track));
}

std::string Provenance(const ScoredMatrix& matrix) {
  std::map<std::string, const Score*> datasets;
  for (const auto& score : matrix.scores) datasets[score.cell.dataset] = &score;
  std::string rows;
  for (const auto& [dataset, score] : datasets) {
    const auto& official = score->data.official;
    rows += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td><code>{}</code></td></tr>\n",
                        Escape(dataset),
                        !official   ? "no published fingerprint"
                        : *official ? "equal to the published data"
                                    : "differs from the published data",
                        Escape(score->data.fingerprint));
  }
  return "<h3>Data</h3><div class=\"scroll\" tabindex=\"0\" role=\"region\" "
         "aria-label=\"Where the data comes from\"><table><thead><tr><th scope=\"col\">Data set"
         "</th><th scope=\"col\">Provenance</th><th scope=\"col\">Fingerprint (SHA-256 of decoded "
         "images and labels)</th></tr></thead><tbody>\n" +
         rows + "</tbody></table></div>\n";
}

std::string MatrixSection(const ScoredMatrix& matrix, size_t number) {
  std::string section =
      fmt::format("<section id=\"m{}\"><h2>{}</h2>\n", number, Escape(matrix.name));
  if (!matrix.summary.empty()) section += Element("p", Escape(matrix.summary)) + "\n";
  section += Banner(matrix) + Facts(matrix);
  size_t i = 0;
  for (const auto& [group, scores] : ByGroup(matrix)) {
    const auto id = fmt::format("m{}g{}", number, i++);
    section += GroupHeading(group) + StandingsSection(group, scores, id) + "<div class=\"pair\">" +
               HeatMap(group, scores) + ParetoSection(group, scores, id + "p") + "</div>\n";
  }
  return section + CellTable(matrix, number) + Provenance(matrix) + "</section>\n";
}

std::string Contents(const std::vector<ScoredMatrix>& matrices) {
  if (matrices.size() < 2) return "";
  std::string links;
  for (size_t i = 0; i < matrices.size(); ++i) {
    links += fmt::format("<li><a href=\"#m{}\">{}</a></li>", i, Escape(matrices[i].name));
  }
  return "<nav aria-label=\"Matrices\"><ul class=\"contents\">" + links + "</ul></nav>\n";
}

}  // namespace

std::string Page(const std::string& title, const std::string& root, const std::string& body) {
  std::string page(SiteFiles().At("page.html"));
  Replace(page, "{{title}}", Escape(title));
  Replace(page, "{{root}}", root);
  // Last, and not searched again: the body may contain anything.
  const std::string place = "{{body}}";
  return page.replace(page.find(place), place.size(), body);
}

std::string IndexPage(const std::vector<ScoredMatrix>& matrices,
                      const std::vector<Reference>& references) {
  std::string body =
      "<header class=\"top\"><h1>dfkd-bench leaderboard</h1>\n"
      "<p class=\"lede\">If the teacher was backdoored, does the student inherit it when it is "
      "distilled without data, and which defence stops that at what price?</p>\n"
      "<p class=\"downloads\">Download: <a href=\"scores.csv\" download>scores.csv</a> · "
      "<a href=\"data.json\" download>data.json</a></p></header>\n";
  body += Contents(matrices) + ReferenceLinks(references) +
          std::string(SiteFiles().At("glossary.html"));
  for (size_t i = 0; i < matrices.size(); ++i) body += MatrixSection(matrices[i], i);
  return Page("dfkd-bench leaderboard", "", body);
}

}  // namespace dfkd::site
