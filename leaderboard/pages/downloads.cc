#include "leaderboard/pages/downloads.h"

#include <fmt/format.h>

#include <set>

#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/plugin_info.h"
#include "leaderboard/pages/site_folder.h"

namespace dfkd::site {
namespace {

struct Download {
  const char *name, *what;
};

constexpr Download kDownloads[] = {
    {"scores.csv",
     "a line a cell, planned ones without a valid score as well: what was run, the counts behind "
     "each number, flags, reason, cost, verification, and what was asked of detectors and by "
     "reactivation"},
    {"dictionary.csv", "its columns: unit and meaning"},
    {"scores.jsonl",
     "the scores whole, a JSON object a line (schema scores.v1, and `verification` where it is "
     "known)"},
    {"scores.sqlite", "scores.csv and its dictionary as a database, with types"},
    {"scores.v1.json", "the JSON Schema of a score"},
    {"standings.json", "every table, with intervals, ranks, pairs and p-values"},
    {"changes.json", "what changed since the site before, as JSON feed"},
    {"changes.atom", "the same as Atom"},
    {"every_eval_ever.jsonl", "a line of a table each, as records of Every Eval Ever"},
    {"croissant.json",
     "metadata of scores.csv (Croissant 1.1, JSON-LD), without a licence: a site may hold scores "
     "of "
     "anybody, and no score says under which it may be used"},
    {"CITATION.cff", "how to cite"},
    {"references.bib", "BibTeX of the benchmark and of all papers behind what takes part"},
    {"manifest.sha256", "SHA-256 of every file of this site: sha256sum -c manifest.sha256"}};

constexpr Download kPacked = {"site.zip", "this site, with a manifest of its own"};

// Croissant's names for the types of columns.
const char* DataType(const CsvColumn& column) {
  constexpr const char* kNames[] = {"sc:Text", "sc:Integer", "sc:Float", "sc:Boolean"};
  return kNames[static_cast<size_t>(TypeOf(column))];
}

Json Fields(const std::vector<CsvColumn>& columns) {
  Json fields = Json::array();
  for (const auto& column : columns) {
    fields.push_back(
        {{"@type", "cr:Field"},
         {"@id", "scores/" + column.name},
         {"name", column.name},
         {"description", column.meaning},
         {"dataType", DataType(column)},
         {"source",
          {{"fileObject", {{"@id", "scores.csv"}}}, {"extract", {{"column", column.name}}}}}});
  }
  return fields;
}

Json Context() {
  // The addresses of schema.org are those of the context that Croissant 1.1 recommends.
  Json context = {{"@language", "en"},
                  {"@vocab", "http://schema.org/"},
                  {"sc", "http://schema.org/"},
                  {"cr", "http://mlcommons.org/croissant/"},
                  {"dct", "http://purl.org/dc/terms/"},
                  {"conformsTo", "dct:conformsTo"}};
  for (const char* term :
       {"recordSet", "field", "source", "fileObject", "extract", "column", "key", "citeAs"})
    context[term] = std::string("cr:") + term;
  context["dataType"] = {{"@id", "cr:dataType"}, {"@type", "@vocab"}};
  return context;
}

}  // namespace

CsvType TypeOf(const CsvColumn& column) {
  static const std::set<std::string> reals = {"fraction", "index", "ratio", "statistic", "s", "dB"};
  static const std::set<std::string> integers = {"images", "bytes", "number", "class"};
  if (reals.contains(column.unit)) return CsvType::kReal;
  if (integers.contains(column.unit)) return CsvType::kInteger;
  return column.unit == "true/false" ? CsvType::kTruth : CsvType::kText;
}

Json AllStandings(const std::vector<Board>& boards) {
  Json tables = Json::array();
  for (const auto& board : boards) {
    for (const auto& group : board.groups) {
      Json table = ToJson(group.standings);
      table.update(GroupNames(group.group));
      table.erase("track_text");
      table["matrix"] = board.matrix->name;
      tables.push_back(std::move(table));
    }
  }
  return tables;
}

std::string CitationCff(const std::string& version, const std::string& day) {
  return fmt::format(
      "cff-version: 1.2.0\n"
      "title: dfkd-bench leaderboard\n"
      "message: If you use these numbers, please cite the benchmark, and the papers of the methods "
      "and attacks that you compare.\n"
      "type: dataset\n"
      "authors:\n"
      "  - name: dfkd-bench authors\n"
      "version: \"{}\"\n"
      "date-released: \"{}\"\n",
      version, day);
}

std::string CitationBibtex(const std::string& version, const std::string& day) {
  return fmt::format(
      "@misc{{dfkd_bench,\n"
      "  author = \"{{dfkd-bench authors}}\",\n"
      "  title = {{dfkd-bench: data-free knowledge distillation from backdoored teachers}},\n"
      "  year = {{{}}},\n"
      "  note = {{version {}, scores of {}}},\n"
      "}}",
      day.substr(0, 4), version, day);
}

std::string ReferencesBib(const std::vector<Board>& boards, const std::string& version,
                          const std::string& day) {
  std::set<std::string> entries;
  for (const auto& plugin : PluginsIn(boards)) {
    if (!plugin.scored) continue;
    for (const auto& part : SplitPlugins(plugin.name))
      entries.insert(InfoOf(plugin.kind, part).bibtex);
  }
  entries.erase("");
  auto bib = CitationBibtex(version, day) + "\n";
  for (const auto& entry : entries) bib += "\n" + entry + "\n";
  return bib;
}

Json Croissant(const std::vector<CsvColumn>& columns, const std::string& version,
               const std::string& day, const std::string& sha256) {
  const Json file = {{"@type", "cr:FileObject"},     {"@id", "scores.csv"},
                     {"name", "scores.csv"},         {"contentUrl", "scores.csv"},
                     {"encodingFormat", "text/csv"}, {"sha256", sha256}};
  const Json records = {
      {"@type", "cr:RecordSet"},
      {"@id", "scores"},
      {"name", "scores"},
      {"description", "One record a cell of the benchmark."},
      {"key", Json::array({{{"@id", "scores/matrix"}}, {{"@id", "scores/cell"}}})},
      {"field", Fields(columns)}};
  return {
      {"@context", Context()},
      {"@type", "sc:Dataset"},
      {"name", "dfkd-bench scores"},
      {"description",
       "Accuracy and attack success rate of students that were distilled without data from "
       "backdoored teachers, under attacks and defences."},
      {"conformsTo", "http://mlcommons.org/croissant/1.1"},
      {"url", "data.html"},
      {"creator", {{"@type", "sc:Organization"}, {"name", "dfkd-bench authors"}}},
      {"inLanguage", "en"},
      {"keywords",
       {"data-free knowledge distillation", "backdoor attacks", "backdoor defences", "benchmark"}},
      {"version", version},
      {"datePublished", day},
      {"citeAs", CitationBibtex(version, day)},
      {"distribution", Json::array({file})},
      {"recordSet", Json::array({records})}};
}

Json DownloadsPage(const std::vector<CsvColumn>& columns, const std::string& version,
                   const std::string& day) {
  Json files = Json::array(), rows = Json::array();
  const auto add = [&](const Download& file) {
    files.push_back({{"name", file.name}, {"what", file.what}});
  };
  for (const auto& file : kDownloads) add(file);
  if (SiteFolder::Packs()) add(kPacked);
  for (const auto& column : columns)
    rows.push_back({{"name", column.name}, {"unit", column.unit}, {"meaning", column.meaning}});
  return PageData({.title = "Data · dfkd-bench",
                   .description = "All numbers of the leaderboard as files, and what they mean."},
                  "downloads",
                  {{"files", std::move(files)},
                   {"columns", std::move(rows)},
                   {"bibtex", CitationBibtex(version, day)}});
}

}  // namespace dfkd::site
