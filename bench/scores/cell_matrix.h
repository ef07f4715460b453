// The matrix of one cell, made from its score: what anybody runs to get the score again.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/core/json.h"
#include "bench/scores/score.h"

namespace dfkd {

struct Block;

// A matrix file (matrix.v1) whose only cell is the score's, with every option as it was resolved:
// whatever presets, overrides and --set were behind them. `matrix` is the file that lay beside the
// score, null if it is not known. Absent if the score does not say enough: it takes that file to
// know the share of validation images that was held out and, where the score does not record it
// (provenance.asked), the options of detectors, and how students were tried for a backdoor that
// sleeps.
std::optional<Json> MatrixOfCell(const Score& score, const Json& matrix);
// What is missing where there is none, one line; else "".
std::string WhyNoMatrixOfCell(const Score& score, const Json& matrix);

// The same for many scores of one file, which is parsed once. Any thread may ask.
class CellMatrices {
 public:
  explicit CellMatrices(const Json& matrix);
  std::optional<Json> Of(const Score& score) const;
  std::string WhyNot(const Score& score) const;

 private:
  std::shared_ptr<const std::vector<Block>> blocks_;
  bool tries_students_ = false;
};

// What runs a file with that matrix as the score was run: "dfkd run cell.json --threads 1".
std::string CommandOfCell(const Score& score, const std::string& file);

// One word for a shell: in single quotes, if it needs any.
std::string ShellWord(const std::string& text);

}  // namespace dfkd
