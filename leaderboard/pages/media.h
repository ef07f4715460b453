// Pictures and numbers from beside a score, for the site. What strangers name is published, so it
// is looked at first.
#pragma once
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "bench/scores/picture_set.h"
#include "bench/scores/score.h"
#include "leaderboard/pages/site_folder.h"

namespace dfkd::site {

// Copies pictures into the site under the hash of their content, so that one which many cells have
// is there once. A site has one copier.
class PictureCopier {
 public:
  explicit PictureCopier(SiteFolder& folder) : folder_(folder) {}

  // By kind the path in the site, "media/0123456789abcdef.png". One that cannot be read, or is no
  // PNG, is left out with a warning. One that many scores name is looked at once. Any thread may;
  // the files are there when all have returned.
  std::map<std::string, std::string> Copy(const Score& score);
  // The same of a set that was read (ReadPictures).
  std::map<std::string, std::string> Copy(const PictureSet& set);

 private:
  // Folder of a score and what it names there: whether that is a link hangs on both.
  using Named = std::pair<std::string, std::string>;

  std::optional<std::string> Known(const Named& named);
  std::string CopyNamed(const std::filesystem::path& folder, const std::string& name);
  // The path in the site. Throws Error for one that is left out.
  std::string CopyFile(const std::filesystem::path& file);
  // Whether nobody else writes it.
  bool IsNew(const std::string& name);

  SiteFolder& folder_;
  std::mutex mutex_;
  std::set<std::string> names_;
  std::map<Named, std::string> copied_;  // the path in the site
};

// What the file of a kind, "curves" or "log", holds of numbers over rounds; all else in it is left
// out, scalars after the first 100 included. Of more than 2,000 points as many are left, evenly;
// values beyond 1e18 are null, points at such rounds out. Null if there is none that can be read.
Json NumbersBeside(const Score& score, const std::string& kind);

}  // namespace dfkd::site
