// Scores of earlier runs in the folder of a later one: they must not be read beside its own.
#pragma once
#include <filesystem>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "bench/scores/cell_score.h"

namespace dfkd {

// Throws Error if the matrix.json in `out` is of another matrix than `name`, whose scores would be
// overwritten or mixed, or if nobody may write there. To be asked before anything is computed.
void RequireFolderOf(const std::string& name, const std::filesystem::path& out);

// What the scores that were written say, and of which cells they are: all that is needed of them.
class ClaimsOfScores {
 public:
  void Add(const Score& score);
  // What another thread has written.
  void Add(ClaimsOfScores others);

  bool HasCell(const std::string& id) const { return cells_.contains(id); }
  // Whether it says anything else of the same name.
  bool Contradict(const Score& score) const;

 private:
  std::unordered_set<std::string> cells_;
  std::unordered_map<std::string, std::string> claims_;
};

// Renames to <name>.old what no longer stands for the matrix, and returns the old names: files of
// planned cells that have no score now (but for one of the very evaluation that is planned), of
// cells that the matrix does not name any more, and of other options, recipes or revisions than
// those that were written. Files of cells that were merely not selected stay.
std::vector<std::filesystem::path> SetAsideStale(const Scoring& scoring,
                                                 const ClaimsOfScores& written,
                                                 const std::filesystem::path& out);

}  // namespace dfkd
