// What the pages show, as data for the templates beside this file. Internal to this folder.
#pragma once
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

// The table of a matrix with more scores than this is left to the application, and planned cells
// without a score are listed only where all of its cells are no more.
inline constexpr size_t kMostRows = 500;

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
// "downloads", "changes", "reference".
Json PageData(const PageHead& head, const std::string& name, Json content);

// `left_out`: files of which nobody knows the matrix (LeftOut::elsewhere).
Json HomePage(const std::vector<Board>& boards, const std::vector<Reference>& references = {},
              const std::vector<Problem>& left_out = {});
// `now`: scores of older code than this, though of the same revision, are marked. `left_out`: files
// beside its scores.
Json MatrixPageData(const Board& board, const CurrentSources& now = {},
                    const std::vector<Problem>& left_out = {});
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

// For headline.tpl; the kinds of answers that do not apply are null.
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
// For cells.tpl.
Json CellRows(const Board& board);
// How many cells, of which fates, over how many data sets, attacks and defences, in words.
Json FactsOf(const Board& board);

// A paper beside our reruns: one section for each matrix that has some of its cells.
std::string ReferencePath(const Reference& reference);
Json ReferenceData(const Reference& reference, const std::vector<ReferenceComparison>& comparisons);

}  // namespace site
}  // namespace dfkd
