// Pictures that cells share: one set for all cells of a data set, attack and distiller, for cells
// that have none of their own and for the pages of attacks and distillers.
#pragma once
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "bench/scores/picture_set.h"
#include "leaderboard/pages/boards.h"
#include "leaderboard/pages/media.h"
#include "leaderboard/pages/pages.h"

namespace dfkd::site {

struct ShownSet {
  // Whose pictures they are. Points into the matrix.
  const Score* donor = nullptr;
  // Kind -> path in the site.
  std::map<std::string, std::string> media;
};
using ShownPictures = std::map<PictureSubject, ShownSet>;

// Of a matrix what the sets beside its results hold (bench/scores/picture_set.h), as far as the
// donor is among its scores and the file is not one of `refused`; of what these leave open, the
// pictures of a score that has some: of those that ended well, then of those undefended, that of
// the lowest seeds. Copies them.
ShownPictures PicturesOf(const ScoredMatrix& matrix, const std::set<std::filesystem::path>& refused,
                         PictureCopier& copier);

// For the application: the path without ".js", "data/quick.pictures", and what stands there
// (README.md has the format).
std::string PicturesPath(const ScoredMatrix& matrix);
Json PicturesData(const ShownPictures& pictures);

// Fills "pictures" of PluginPageData: of an attack its trigger, of a distiller its samples, for
// each matrix, data set and entry one set. `pictures`: by matrix.
void AddPicturesTo(Json& page, const ShownPlugin& plugin, const std::vector<Board>& boards,
                   const std::map<std::string, ShownPictures>& pictures);

}  // namespace dfkd::site
