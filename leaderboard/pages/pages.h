// The pages as HTML. Internal to this folder.
#pragma once
#include <string>
#include <vector>

#include "bench/core/embedded.h"
#include "leaderboard/standings/reference.h"
#include "leaderboard/standings/standings.h"

namespace dfkd {

const EmbeddedFiles& SiteFiles();  // leaderboard/site/*

namespace site {

// page.html with its places filled; `root` is the way up to the folder of the site, "" or "../../".
std::string Page(const std::string& title, const std::string& root, const std::string& body);

std::string IndexPage(const std::vector<ScoredMatrix>& matrices,
                      const std::vector<Reference>& references = {});
std::string StandingsSection(const Group& group, const std::vector<const Score*>& scores,
                             const std::string& id);
std::string HeatMap(const Group& group, const std::vector<const Score*>& scores);
std::string CellTable(const ScoredMatrix& matrix, size_t number);  // number: in data.js

// `curves` and `log` are null where there are none; `pictures` are those that were copied.
std::string CellPage(const Score& score, const Json& curves, const Json& log,
                     const std::vector<std::string>& pictures);

// A paper beside our reruns: one section for each matrix that has some of its cells.
std::string ReferencePath(const Reference& reference);
std::string ReferencePage(const Reference& reference,
                          const std::vector<ReferenceComparison>& comparisons);
std::string ReferenceLinks(const std::vector<Reference>& references);

Json DataOf(const std::vector<ScoredMatrix>& matrices);  // data.js: for app.js
std::string Csv(const std::vector<ScoredMatrix>& matrices);

}  // namespace site
}  // namespace dfkd
