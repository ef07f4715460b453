// From artifacts to score files: the end of every run, and all of `dfkd score`.
#pragma once
#include <filesystem>
#include <vector>

#include "bench/scores/cell_score.h"

namespace dfkd {

struct WrittenScores {
  std::vector<std::filesystem::path> files;
  // Scores of earlier runs that no longer stand for the matrix: they are now called <name>.old.
  std::vector<std::filesystem::path> set_aside;
};

// One file per cell that has come to an end, good or bad, in out/<cell id>.json; pictures and
// curves in out/media. Cells still to be run are left out. What a file there says of the same
// evaluation, and the store cannot say any more, stays (kept_score.h). Throws Error if `out` holds
// scores of another matrix (stale_scores.h).
WrittenScores WriteScores(const Scoring& scoring, Store& store, const std::filesystem::path& out);

}  // namespace dfkd
