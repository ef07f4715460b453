// Scores as others read them: only valid ones, of one experiment a matrix.
#pragma once
#include <filesystem>
#include <functional>
#include <vector>

#include "bench/scores/score.h"
#include "bench/scores/validate.h"

namespace dfkd {

struct LoadedScores {
  // In the order of the folders and of their paths.
  std::vector<Score> scores;
  // One for each file that is not among them, with the first reason.
  std::vector<Problem> left_out;
};

// `done` of `all` files have been read. Never called twice at once, though by several threads.
using TellLoading = std::function<void(size_t done, size_t all)>;

// Below the folders: score files, as ReadScores finds them, and of each cell the newest of the
// results that are kept in *.jsonl (results_file.h), with Score::former of the others. A file is
// left out if `dfkd validate` would refuse it, if it is a link, if it is of a cell that an earlier
// file is of, if it is of another experiment than the matrix.json beside it
// (matrix_agreement.h), or than most of its matrix (agreement.h). Pictures and curves that cannot
// be read cost the score nothing but these. Throws Error only for a folder that is not there.
LoadedScores LoadScores(const std::vector<std::filesystem::path>& folders,
                        const TellLoading& tell = {});

}  // namespace dfkd
