// The matrix.json beside scores: what was planned, and so what is missing.
#pragma once
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bench/core/cell.h"
#include "bench/core/json.h"
#include "bench/matrix/matrix.h"

namespace dfkd {

struct MatrixBeside {
  std::string name, summary;
  // All that the file plans; empty if something is wrong in it, or if it plans more than a million.
  std::vector<Cell> cells;
  // The file as it is.
  Json source;
  // CleanDefenses of it; empty where the cells are.
  std::set<std::string> clean_defenses = {};
};

// Of a folder of scores. Absent if there is no such file, or none that is a matrix: it may come
// from a stranger, so nothing is thrown and links are not followed. The plugins that it names need
// not be known here.
std::optional<MatrixBeside> ReadMatrixBeside(const std::filesystem::path& folder);

// The same as a matrix, if nothing is wrong in it and all plugins that it names are registered
// here; absent without a word otherwise. Options may be those of another revision.
std::optional<Matrix> OwnMatrixBeside(const std::filesystem::path& folder);

// The ids of cells that the matrix.json in a folder plans and of which there is neither a
// file nor a result beside it.
std::vector<std::string> MissingScores(const std::filesystem::path& folder);

}  // namespace dfkd
