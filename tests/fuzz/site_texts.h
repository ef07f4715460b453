// What `dfkd site` reads beside scores: numbers that they name, and what an earlier site, which may
// be anybody's folder, left there. Above leaderboard/pages.
#pragma once
#include <cmath>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "leaderboard/pages/changes.h"
#include "leaderboard/pages/media.h"
#include "leaderboard/pages/site_folder.h"
#include "tests/fuzz/parsers.h"
#include "tests/fuzz/scratch.h"

namespace dfkd::fuzz {

// Every number of it can be drawn; of lists there are no more than fit.
inline void RequireDrawable(const Json& value) {
  constexpr size_t kMostPoints = 2000;
  if (value.is_number() && !(std::abs(value.get<double>()) <= 1e18))
    throw std::logic_error("a number that cannot be drawn");
  if (value.is_array() && value.size() > kMostPoints) throw std::logic_error("too many points");
  if (value.is_string() || value.is_boolean()) throw std::logic_error("more than numbers");
  if (!value.is_structured()) return;
  for (const auto& item : value) RequireDrawable(item);
}

// A file that a score names, as both of its kinds.
inline void ReadNumbersBeside(std::string_view bytes) {
  const Quiet quiet;
  WriteScratch("beside/media/numbers.json", bytes);
  Score score;
  score.file = Scratch() / "beside/score.json";
  for (const char* kind : {"curves", "log"}) {
    score.media.clear();
    score.media[kind] = "media/numbers.json";
    const auto taken = site::NumbersBeside(score, kind);
    RequireDrawable(taken);
    (void)Canonical(taken);
    if (taken.is_null()) throw MakeError("fuzz: nothing can be read");
  }
}

// {"state", "feed"}: what an earlier site says, and what the new one makes of it. The new one reads
// its own again and finds nothing changed.
inline void ReadEarlierSite(std::string_view bytes) {
  const Json both = ParseJson(bytes, "fuzz");
  if (!both.is_object()) throw MakeError("fuzz: no site");
  const auto folder = EmptyScratch("earlier");
  WriteScratch("earlier/state.json", both.value("state", Json()).dump());
  WriteScratch("earlier/changes.json", both.value("feed", Json()).dump());
  const auto before = site::ReadSiteState(folder);
  const Json now = {{"schema", "site-state.v1"},
                    {"cells", {{"toy", {{"a", "1"}, {"b", "2"}}}}},
                    {"ranks", {{"toy: zskt", {{"abd", 1}, {"sv", nullptr}}}}}};
  const auto entries = site::ChangesSince(before, now, "2024-05-31");
  (void)Canonical(site::AtomFeed(entries, "2024-05-31T00:00:00Z"));
  WriteScratch("earlier/changes.json", Canonical(site::JsonFeed(entries)));
  WriteScratch("earlier/state.json", Canonical(now));
  const auto again = site::ChangesSince(site::ReadSiteState(folder), now, "2024-06-01");
  if (again.size() != entries.size()) throw std::logic_error("changed though nothing did");
}

// The list of what an earlier site wrote: it is removed, and nothing else, above all nothing
// outside.
inline void ReadSiteList(std::string_view bytes) {
  namespace fs = std::filesystem;
  const auto folder = EmptyScratch("listed");
  for (const char* name : {"outside.html", "site/kept.html", "site/cells/old.html"})
    WriteScratch(folder / name, "x");
  fs::create_directory_symlink(folder, folder / "site/link");
  WriteScratch(folder / "site/site-files.txt", bytes);
  WriteScratch(folder / "site/manifest.sha256", bytes);
  SiteFolder site(folder / "site");
  site.Write("kept.html", "y");
  site.Finish();
  for (const char* name : {"outside.html", "site/kept.html", "site/manifest.sha256"}) {
    if (!fs::exists(folder / name)) throw std::logic_error(std::string("removed: ") + name);
  }
  if (!fs::is_symlink(folder / "site/link")) throw std::logic_error("a link is removed");
}

inline std::vector<Parser> SiteTexts() {
  return {
      {"numbers_beside",
       ReadNumbersBeside,
       {R"({"round":[1,2,3],"acc":[0.5,0.25,null],"asr":[1,0.5,0],"kd_loss":[[1,0.5],[2,1e3]]})"},
       Grammar::kJson},
      {"earlier_site",
       ReadEarlierSite,
       {R"({"state":{"schema":"site-state.v1","cells":{"toy":{"a":"1","c":"3"}},)"
        R"("ranks":{"toy: zskt":{"abd":2,"clp":1},"old":{}}},"feed":{"items":[{"id":"urn:a",)"
        R"("date_published":"2024-05-30T00:00:00Z","title":"1 change",)"
        R"("content_text":"toy: 1 cell came: a\nb"}]}})"},
       Grammar::kJson},
      {"site_list",
       ReadSiteList,
       {"kept.html\n./kept.html\ncells/old.html\n../outside.html\nlink/outside.html\n",
        std::string(64, '0') + "  cells/old.html\n" + std::string(64, '1') +
            "  ../outside.html\n"}},
  };
}

}  // namespace dfkd::fuzz
