// Files to take away: tables, their dictionary, and what machines ask for.
#pragma once
#include <string>
#include <vector>

#include "leaderboard/pages/boards.h"

namespace dfkd::site {

// A column of scores.csv.
struct CsvColumn {
  std::string name, unit, meaning;
  // Null: the field is empty.
  Json (*value)(const Score& score);
};
const std::vector<CsvColumn>& CsvColumns();

// scores.csv, a line a score, every value in a column of its own; texts are quoted, and none begins
// with what a spreadsheet would run.
std::string ScoresCsv(const std::vector<Board>& boards);
// dictionary.csv: name, unit and meaning of its columns.
std::string DictionaryCsv();
// standings.json: every table with all that is known of it.
Json AllStandings(const std::vector<Board>& boards);

// CITATION.cff and the same as BibTeX.
std::string CitationCff(const std::string& version, const std::string& day);
std::string CitationBibtex(const std::string& version, const std::string& day);
// croissant.json: the data set of scores.csv as schema.org and Croissant describe one; `sha256` is
// of that file.
Json Croissant(const std::string& version, const std::string& day, const std::string& sha256);

// For downloads.tpl.
Json DownloadsPage(const std::string& version, const std::string& day);

}  // namespace dfkd::site
