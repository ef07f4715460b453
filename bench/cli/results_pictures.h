// Pictures join committed results: a set for each data set, attack and distiller
// (bench/scores/picture_set.h).
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bench/matrix/plan.h"
#include "bench/scores/picture_set.h"
#include "bench/store/store.h"

namespace dfkd::cli {

// By kind, the bytes of a PNG.
using Pictures = std::map<std::string, std::string>;

// The pictures that were made with a committed result, of its very keys; empty: there are none any
// more. May throw Error.
using PicturesOfResult = std::function<Pictures(const CommittedResult&)>;

// Those that a store has: of the trigger from the evaluation of the student or, where there is
// none, of the teacher; of synthetic images what the student saw last, a part of the sheet where
// all of it would be too large for a set. Both must outlive what is returned.
PicturesOfResult PicturesInStore(const Plan& plan, Store& store);

// A sheet of pictures, a grid with white lines between them, as it fits into a set: whole, or fewer
// rows and columns of it. As it is, if it is no such sheet, or one of them alone is too large.
std::string FittingSheet(const std::string& png);

struct AddedPictures {
  // File names of sets that were written, and of those that went.
  std::vector<std::string> sets, removed;
  // Files of pictures that were not there.
  int64_t pictures = 0;
  // One line for each picture that no set may have.
  std::vector<std::string> left_out;
};

// Brings the sets of a matrix up to date with its committed `results`: one is written where a data
// set, attack and distiller have none that is sound, where the newest result of the donor is of
// other keys, and where a result that ended well can take the place of one that did not, or an
// undefended one that of a defended one. Donor is among those of which `pictures` knows any (none
// if it is empty) the best in this sense, then that of the lowest seeds. Sets that are not sound or
// for which no result stands, and pictures that no set names, are removed. A set for which the
// folder has no room (kMostBytesInAll) is left out. Twice the same changes no byte. The caller
// holds the lock of the folder. Throws Error (io).
AddedPictures AddPictures(const std::filesystem::path& folder, const std::string& matrix,
                          const std::vector<CommittedResult>& results,
                          const PicturesOfResult& pictures);

}  // namespace dfkd::cli
