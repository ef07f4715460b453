// From artifacts to score files: the end of every run, and all of `dfkd score`.
#pragma once
#include <filesystem>
#include <vector>

#include "bench/scores/cell_score.h"

namespace dfkd {

// One file per cell that has come to an end, good or bad, in out/<cell id>.json; pictures and
// curves in out/media. Cells still to be run are left out. Returns the files.
std::vector<std::filesystem::path> WriteScores(const Scoring& scoring, Store& store,
                                               const std::filesystem::path& out);

}  // namespace dfkd
