// What the pages show, as data for the templates beside this file. Internal to this folder.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "bench/core/embedded.h"
#include "bench/core/plugin_card.h"
#include "bench/core/plugin_sources.h"
#include "bench/scores/validate.h"
#include "leaderboard/pages/boards.h"
#include "leaderboard/standings/reference.h"

namespace dfkd {

// The files leaderboard/site/*.
const EmbeddedFiles& SiteFiles();

namespace site {

// The table of a matrix with more scores than this is not in its page, and planned cells without a
// score are listed only where all of its cells are no more.
inline constexpr size_t kMostRows = 500;
// Up to so many the rows stand in pages of their own (CellPagesOf); those of more are left to the
// application and to scores.csv.
inline constexpr size_t kMostRowsInPages = 5000;

// What page.tpl says of a page besides its content.
struct PageHead {
  std::string title, description;
  // The way up to the folder of the site, "" or "../".
  std::string root;
  // For the application: "home", "matrix", "text".
  std::string kind = "text";
  // Of a page of a matrix: its name and FileOf.
  std::string matrix, file;
};

// For page.tpl. `content` fills the template of that name: "home", "matrix", "plugin", "protocol",
// "downloads", "changes", "reference", "cell_page".
Json PageData(const PageHead& head, const std::string& name, Json content);

// `left_out`: files of which nobody knows the matrix (LeftOut::elsewhere).
Json HomePage(const std::vector<Board>& boards, const std::vector<Reference>& references = {},
              const std::vector<Problem>& left_out = {});
// `now`: scores of older code than this, though of the same revision, are marked. `left_out`: files
// beside its scores.
Json MatrixPageData(const Board& board, const CurrentSources& now = {},
                    const std::vector<Problem>& left_out = {});
// Some of the cells of a matrix, of one distiller. Points into the matrix.
struct CellPage {
  // Relative to the folder of the site: "cells/<file>/<distiller>-1.html".
  std::string path;
  std::string distiller;
  // Which one of how many of this distiller, from 1.
  size_t number = 1, of = 1;
  std::vector<const Score*> scores;
};
// Where the page of the matrix cannot hold all scores and pages of their own can: by distiller, at
// most kMostRows each. Every score is in one.
std::vector<CellPage> CellPagesOf(const Board& board);
Json CellPageData(const Board& board, const CellPage& page);
Json ProtocolPage(const std::vector<Board>& boards);

// A plugin of which some score names the kind and the name, or that the program has.
struct ShownPlugin {
  PluginKind kind;
  std::string name;
  // By some score.
  bool scored = true;
};
// By kind and name.
std::vector<ShownPlugin> PluginsIn(const std::vector<Board>& boards);
Json PluginPageData(const ShownPlugin& plugin, const std::vector<Board>& boards);

// --- parts of these

// For headline.tpl and answer.tpl; the kinds of answers that do not apply are null.
Json HeadlineData(const Standings& standings);
// A row of standings.tpl.
Json StandingData(const Standing& row, const Standings& standings);
// For standings.tpl; `id` is unique in the page, `anchor` is what the links to its rows begin with.
Json StandingsData(const GroupBoard& board, const std::string& id, const std::string& anchor);
// Of it what stands below the defences, over the cells that the mean ASR is over, as far as they
// are there; null if nothing is.
Json ReferenceRows(const GroupBoard& board);
// For heatmap.tpl. `planned`: of the group (PlannedIn). `linked`: whether the page has a row for
// each cell of the matrix that has a score.
Json HeatMapData(const std::vector<const Score*>& scores, const std::vector<Cell>& planned = {},
                 bool linked = true);
// For detectors.tpl and reactivation.tpl; null where the matrix did not ask.
Json DetectorRows(const std::vector<Score>& scores);
Json ReactivationRows(const std::vector<Score>& scores);
// For costs.tpl; null where no cost is recorded.
Json CostRows(const std::vector<Score>& scores);
// For cells.tpl: of a score, of all cells that the page of a matrix lists, and these as a table;
// null if there is none.
Json CellRow(const Score& score);
Json CellRows(const Board& board);
Json CellTable(Json rows);
// What they mean, for flags.tpl; null if there is none.
Json FlagMeanings(const std::set<std::string>& flags);
// For cell_pages.tpl; `root`: of the page that has the links. Null if there is none.
Json CellPageLinks(const Board& board, const std::string& root);
// How many cells, of which fates, over how many data sets, attacks and defences, in words.
Json FactsOf(const Board& board);

// A paper beside our reruns: one section for each matrix that has some of its cells.
std::string ReferencePath(const Reference& reference);
Json ReferenceData(const Reference& reference, const std::vector<ReferenceComparison>& comparisons);

}  // namespace site
}  // namespace dfkd
