// What is new since an earlier site: which cells came, changed and went, and whose rank moved.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "leaderboard/pages/boards.h"

namespace dfkd::site {

struct ChangeEntry {
  // Made of what it says: the same change has the same id.
  std::string id, day, title;
  std::vector<std::string> lines;
};

// What an earlier site leaves for the next.
struct SiteState {
  Json state;                        // state.json
  std::vector<ChangeEntry> history;  // of its changes.json, newest first
};

// Of the folder of an earlier site. Throws Error if there is none in it.
SiteState ReadSiteState(const std::filesystem::path& folder);

// The folder, if an earlier site is in it that the next one can be compared with, else "". What
// another version left there and cannot be read is told in a warning.
std::filesystem::path EarlierSiteIn(const std::filesystem::path& folder);

// state.json: `digests` by matrix and cell id, and the ranks of every table.
Json StateOf(const std::vector<Board>& boards, const Json& digests);

// The entries of the new site, newest first: those of the earlier one, and before them what
// changed. If nothing did, they are the earlier one's entries and no other: so a site that is
// written twice over itself has the same bytes.
std::vector<ChangeEntry> ChangesSince(const SiteState& before, const Json& now,
                                      const std::string& day);

// changes.json (JSON Feed 1.1); for feed.tpl; for changes.tpl.
Json JsonFeed(const std::vector<ChangeEntry>& entries);
Json AtomFeed(const std::vector<ChangeEntry>& entries, const std::string& newest);
Json ChangesPage(const std::vector<ChangeEntry>& entries);

}  // namespace dfkd::site
