// Pictures and numbers of a cell, copied from beside its score into the site.
#pragma once
#include <string>
#include <vector>

#include "bench/scores/score.h"
#include "leaderboard/pages/site_folder.h"

namespace dfkd::site {

// Copies the pictures of a score; returns the kinds. One that cannot be read, or is no PNG, is left
// out with a warning.
std::vector<std::string> CopyPictures(const Score& score, SiteFolder& folder);

// "curves" or "log": copies what such a file holds, numbers over rounds, and returns it; all else
// in the file is left out. Null if there is none that can be read.
Json CopyNumbers(const Score& score, const std::string& kind, SiteFolder& folder);

}  // namespace dfkd::site
