// Everything about each cell, for the application: whole scores, in files of some dozens.
#pragma once
#include <string>

#include "leaderboard/pages/media.h"
#include "leaderboard/pages/site_folder.h"
#include "leaderboard/standings/standings.h"

namespace dfkd::site {

// What other files of the site are made of, beside the records.
struct Published {
  // The scores, a line each, and of those that are kept as results the `verification`.
  std::string jsonl;
  // By matrix and cell id the first 16 digits of a score's digest.
  Json digests = Json::object();
};

// Writes the records of a matrix (README.md has the format), copies the pictures that scores have
// themselves, and adds its scores to what is published.
void WriteCellRecords(const ScoredMatrix& matrix, SiteFolder& folder, PictureCopier& pictures,
                      Published& published);

}  // namespace dfkd::site
