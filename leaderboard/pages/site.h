// The leaderboard as a static site: one folder that works from file://, without a network and
// without JavaScript.
//   index.html                the question, and the answer for each group of comparable cells
//   matrices/<file>.html      standings, heat maps, ACC over ASR, cells; .json: what was run
//   defenses/, attacks/, distillers/, datasets/<plugin>.html     a plugin, and how it did: of all
//                                     that have scores, and of those that the program has
//   reference/<paper>.html    a paper's numbers beside reruns
//   protocol.html, data.html, changes.html
//   data/, media/             for the application, which shows cells: README.md has the format
//   scores.csv, scores.sqlite, standings.json, site.zip, …      to take away (data.html)
//   style.css, app.js    looks, and the application if the program has it
//   state.json                what the next site compares with
//   manifest.sha256           what was written: the next site removes what it does not write again
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "bench/core/plugin_sources.h"
#include "bench/scores/load_scores.h"

namespace dfkd {

struct SiteReport {
  // left_out: files that are no valid scores, or of another experiment than their matrix.
  int64_t matrices = 0, cells = 0, left_out = 0;
};

struct SiteOptions {
  // A folder of templates in place of those in the program (templates.h), or "".
  std::filesystem::path templates = "";
  // Scores of older code than this, though of the same revision, are marked
  // (standings/changed_scores.h).
  CurrentSources now = {};
  // The folder of an earlier site, with which this one is compared, or "". It may be `out`.
  std::filesystem::path previous = "";
  // Of the program.
  std::string version = "", commit = "";
  // Told how far the reading of scores is.
  TellLoading reading = {};
};

// Shows all valid scores below the folders (LoadScores; each file that is left out is told in a
// warning) and the matrix.json that lies beside them, if any. Throws Error for a missing folder and
// if there is no valid score at all. The same scores give the same bytes. Files of an older site in
// `out` are replaced, and removed if this site has them no more.
SiteReport WriteSite(const std::vector<std::filesystem::path>& scores_dirs,
                     const std::filesystem::path& out, const SiteOptions& options = {});

}  // namespace dfkd
