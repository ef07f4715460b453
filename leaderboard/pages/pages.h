// What the pages show, as data for the templates beside this file. Internal to this folder.
#pragma once
#include <string>
#include <vector>

#include "bench/core/embedded.h"
#include "bench/core/plugin_sources.h"
#include "leaderboard/standings/reference.h"
#include "leaderboard/standings/standings.h"

namespace dfkd {

// The files leaderboard/site/*.
const EmbeddedFiles& SiteFiles();

namespace site {

// For page.tpl. `root` is the way up to the folder of the site, "" or "../../"; `kind` is the
// template that fills the page with `content`.
Json PageData(const std::string& title, const std::string& root, const std::string& kind,
              Json content);

Json IndexData(const std::vector<ScoredMatrix>& matrices,
               const std::vector<Reference>& references = {}, const CurrentSources& now = {});
// For standings.tpl, heatmap.tpl and cells.tpl; `id` is unique in the page.
Json StandingsData(const Group& group, const Standings& standings, const std::string& id);
// `planned`: of the group (PlannedIn).
Json HeatMapData(const std::vector<const Score*>& scores, const std::vector<Cell>& planned = {});
Json CellRows(const ScoredMatrix& matrix);

// `matrix` is the file of its matrix, null if it is not known: then nothing can be promised to
// reproduce the score. `curves` and `log` are null where there are none; `pictures` are those that
// were copied.
Json CellData(const Score& score, const Json& matrix, const Json& curves, const Json& log,
              const std::vector<std::string>& pictures);

// A paper beside our reruns: one section for each matrix that has some of its cells.
std::string ReferencePath(const Reference& reference);
Json ReferenceData(const Reference& reference, const std::vector<ReferenceComparison>& comparisons);

// data.js, for app.js.
Json DataOf(const std::vector<ScoredMatrix>& matrices);
std::string Csv(const std::vector<ScoredMatrix>& matrices);

}  // namespace site
}  // namespace dfkd
