// The leaderboard as a static site: one folder that works from file://, without a network and
// without JavaScript.
//   index.html            per matrix: standings, heat maps, ACC over ASR, all cells
//   cells/<matrix>/<cell id>.html, .json     everything about one cell
//   media/<matrix>/<cell id>/                its pictures and curves
//   data.json, data.js, scores.csv           the numbers; style.css, app.js
#pragma once
#include <filesystem>
#include <vector>

#include "bench/core/plugin_sources.h"

namespace dfkd {

struct SiteReport {
  int64_t matrices = 0, cells = 0;
};

// Reads all scores below the folders (ReadScores; a missing folder or no score at all throws Error)
// and the matrix.json that lies beside them, if any. The same scores give the same bytes. Files of
// an older site in `out` are replaced; files that nobody writes any more stay. `templates`: a
// folder of templates in place of those in the program (templates.h), or "". `now`: scores of older
// code than this, though of the same revision, are marked (standings/changed_scores.h).
SiteReport WriteSite(const std::vector<std::filesystem::path>& scores_dirs,
                     const std::filesystem::path& out, const std::filesystem::path& templates = "",
                     const CurrentSources& now = {});

}  // namespace dfkd
