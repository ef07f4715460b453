// From artifacts to score files: the end of every run, and all of `dfkd score`.
#pragma once
#include <filesystem>
#include <vector>

#include "bench/matrix/plan.h"
#include "bench/store/store.h"

namespace dfkd::cli {

struct ScoreWriting {
  const Matrix& matrix;
  const Plan& plan;
  const std::map<std::string, DataFacts>& data;
  std::filesystem::path out;  // files go to out/<cell id>.json, pictures and curves to out/media
  bool ignore_gate = false;
};

// One file per cell that has come to an end, good or bad; cells still to be run are left out.
// Returns the files.
std::vector<std::filesystem::path> WriteScores(const ScoreWriting& writing, Store& store);

}  // namespace dfkd::cli
