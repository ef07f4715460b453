// The leaderboard as a static site: one folder that works from file://, without a network and
// without JavaScript.
//   index.html            per matrix: standings, heat maps, ACC over ASR, all cells
//   cells/<matrix>/<cell id>.html, .json     everything about one cell
//   media/<matrix>/<cell id>/                its pictures and curves
//   cells/<matrix>/matrix.json               what was run, where it lay beside the scores
//   data.json, data.js, scores.csv           the numbers; style.css, app.js
//   site-files.txt                           what was written: the next site removes what it does
//                                            not write again
#pragma once
#include <filesystem>
#include <vector>

#include "bench/core/plugin_sources.h"

namespace dfkd {

struct SiteReport {
  // left_out: files that are no valid scores, or of another experiment than their matrix.
  int64_t matrices = 0, cells = 0, left_out = 0;
};

// Shows all valid scores below the folders (LoadScores; each file that is left out is told in a
// warning) and the matrix.json that lies beside them, if any. Throws Error for a missing folder and
// if there is no valid score at all. The same scores give the same bytes. Files of an older site in
// `out` are replaced, and removed if this site has them no more. `templates`: a
// folder of templates in place of those in the program (templates.h), or "". `now`: scores of older
// code than this, though of the same revision, are marked (standings/changed_scores.h).
SiteReport WriteSite(const std::vector<std::filesystem::path>& scores_dirs,
                     const std::filesystem::path& out, const std::filesystem::path& templates = "",
                     const CurrentSources& now = {});

}  // namespace dfkd
