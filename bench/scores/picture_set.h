// Pictures of results that are kept in the repository. A result has none of its own: one set stands
// for all cells of a data set, attack and distiller, that of one of them, the donor.
//   <results>/<matrix>/media/<set>.json       whose pictures they are (result_pictures.v1)
//   <results>/<matrix>/media/<digits>.png     the pictures, named by their content
// Attacks and distillers that join at the same time meet in no file. Whatever lies there may be a
// stranger's: links are not followed, and what is too large is not read.
#pragma once
#include <compare>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "bench/core/cell.h"
#include "bench/scores/results_file.h"
#include "bench/scores/validate.h"

namespace dfkd {

// What cells have in common that share a set.
struct PictureSubject {
  std::string dataset, attack, distiller;
  auto operator<=>(const PictureSubject&) const = default;
};
PictureSubject SubjectOf(const Cell& cell);

struct PictureSet {
  std::string matrix;
  // The donor, and of which keys its result was (CommittedResult::plan).
  Cell cell;
  std::string plan;
  // Kind -> NameOfPicture. Never empty.
  std::map<std::string, std::string> pictures;
  // Not part of the set: where it was read from.
  std::filesystem::path file = {};
};

// Of MediaKinds() those that are pictures, in the same order.
const std::vector<std::string>& PictureKinds();

inline constexpr size_t kMostBytesOfPicture = 64u << 10;
// Of all its pictures.
inline constexpr size_t kMostBytesOfPictures = 256u << 10;
// Pixels along a side.
inline constexpr int64_t kLargestSideOfPicture = 2048;

// Why the bytes are no picture that a set may have: too many, or no PNG that can be read; "" if
// they are one.
std::string WhyNoPicture(const std::string& bytes);

// "<first 16 digits of the SHA-256>.png".
std::string NameOfPicture(const std::string& bytes);
// "<data set>-<attack>-<distiller>.json"; with a hash behind it where names are not safe as they
// are, so that it is another for each subject.
std::string NameOfSet(const PictureSubject& subject);
// <folder>/<matrix>/media
std::filesystem::path PictureFolder(const std::filesystem::path& folder, const std::string& matrix);

// The text of its file.
std::string PictureSetText(const PictureSet& set);

// As NewestOfCells; points into `results`.
using NewestResults = std::map<Cell, const CommittedResult*>;
NewestResults NewestByCell(const std::vector<CommittedResult>& results);

struct ReadPictureSets {
  // By file name.
  std::vector<PictureSet> sets;
  std::vector<Problem> problems;
};

// What is sound in the media of `folder`, the folder of the results of one matrix, and what is not:
// a set that does not obey its schema, is not canonical or lies in the wrong place; a picture that
// is missing, a link, too large, no PNG or not what its name says, which costs the whole set; files
// that no set names. Whether results stand for the sets is left to CheckPictures. A folder of more
// than 4,096 files, or that is a link, is not read: then the only problem names it. Nothing is
// thrown; without such a folder there is nothing.
ReadPictureSets ReadPictures(const std::filesystem::path& folder);

// What ReadResultLines tells of pictures beside the lines of `file`: of the sets of its cells all
// that ReadPictures would, and each whose donor's newest result, of `results`, is not of its keys.
// The first file of its folder also tells what belongs to none. `results` is null if they could not
// be read in full: then nobody knows who stands for what. Nothing is thrown.
std::vector<Problem> CheckPictures(const std::filesystem::path& file,
                                   const std::vector<CommittedResult>* results);

}  // namespace dfkd
