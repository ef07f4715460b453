// Files to take away: tables, their dictionary, and what machines ask for.
#pragma once
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "leaderboard/pages/boards.h"

namespace dfkd::site {

// What a row of scores.csv is read from: a score, and what only its board says of it.
struct CsvScore {
  const Score& score;
  // Whether the mean ASR of a row of standings is over it, too.
  bool in_mean = false;

  // Most columns need no more.
  operator const Score&() const { return score; }
};

// A column of scores.csv.
struct CsvColumn {
  std::string name, unit, meaning;
  // Null: the field is empty.
  std::function<Json(const CsvScore& score)> value;
  // The same of a planned cell without a score: of a Score with matrix, cell and, if it is known,
  // track. None: the field is empty.
  Json (*absent)(const Score& names) = nullptr;
};
// Of all scores the same, then AskedColumns.
std::vector<CsvColumn> CsvColumns(const std::vector<Board>& boards);
std::vector<CsvColumn> CsvColumnsOf(const std::vector<const ScoredMatrix*>& matrices);

// What some scores hold besides, every value in a column of its own: by detector what it says of
// the teacher and of the clean one ("detector_mm_bd_statistic", "detector_mm_bd_statistic_clean"),
// by number of images the reactivation ("reactivation_10_kappa"). Ids are in names as FolderName
// has them. Of more detectors than this, and of more numbers of images, those that most scores
// have: ids come from strangers, and a table of SQLite ends at 2,000 columns.
inline constexpr size_t kMostAsked = 32;
std::vector<CsvColumn> AskedColumns(const std::vector<const ScoredMatrix*>& matrices);

// The scores that the mean ASR of a row of standings is over.
std::set<const Score*> InMeans(const Board& board);

// A value a column: of each matrix its scores, then its planned cells without one (ListedAbsent).
void ForEachCsvRow(const std::vector<CsvColumn>& columns, const std::vector<Board>& boards,
                   const std::function<void(const std::vector<Json>& row)>& use);

// What the values of a column are, by its unit.
enum class CsvType { kText, kInteger, kReal, kTruth };
CsvType TypeOf(const CsvColumn& column);

// scores.csv, a line a row, every value in a column of its own; texts are quoted, and none begins
// with what a spreadsheet would run.
std::string ScoresCsv(const std::vector<Board>& boards);
// dictionary.csv: name, unit and meaning of its columns (CsvColumns of the same boards, here and
// below).
std::string DictionaryCsv(const std::vector<CsvColumn>& columns);
// scores.sqlite: the same two as tables `scores` and `dictionary` of a database, with types; what
// is missing is NULL, true is 1. The version of SQLite is in its bytes.
std::string ScoresSqlite(const std::vector<Board>& boards);
// standings.json: every table with all that is known of it.
Json AllStandings(const std::vector<Board>& boards);
// every_eval_ever.jsonl: a record of that schema (kEvalSchema) for each line of a standings table
// with a number, by the defence as what is evaluated; means over attacks, with their intervals.
// `newest`: when the youngest score was computed, "2026-11-28T05:59:48Z".
inline constexpr char kEvalSchema[] = "0.3.0";
std::string EvalRecords(const std::vector<Board>& boards, const std::string& version,
                        const std::string& newest);

// CITATION.cff and the same as BibTeX.
std::string CitationCff(const std::string& version, const std::string& day);
std::string CitationBibtex(const std::string& version, const std::string& day);
// references.bib: the benchmark, and the papers of all plugins that take part, each once.
std::string ReferencesBib(const std::vector<Board>& boards, const std::string& version,
                          const std::string& day);
// croissant.json: the data set of scores.csv as schema.org and Croissant 1.1 describe one; `sha256`
// is of that file. Addresses are relative, for nobody knows where a site will lie. Of what
// Croissant requires (1.1 the same as 1.0) one thing is left out, the `license`: a site may hold
// scores of anybody, they are their authors', and no file of theirs says under which.
Json Croissant(const std::vector<CsvColumn>& columns, const std::string& version,
               const std::string& day, const std::string& sha256);

// For downloads.tpl.
Json DownloadsPage(const std::vector<CsvColumn>& columns, const std::string& version,
                   const std::string& day);

}  // namespace dfkd::site
