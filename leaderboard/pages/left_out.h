// Files among the scores that no number is made of, as the pages tell them: each beside the scores
// that it lies with, so that nobody takes a site for more than it is.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "bench/scores/validate.h"
#include "leaderboard/standings/standings.h"

namespace dfkd::site {

// No page lists more of them.
inline constexpr size_t kMostLeftOut = 200;

struct LeftOut {
  // By the name of the matrix: those in a folder with any of its scores.
  std::map<std::string, std::vector<Problem>> beside;
  // In a folder of no scores that are shown: nobody knows of which matrix.
  std::vector<Problem> elsewhere;
};

// `folders`: what was read. Names of files begin below them: a site does not say where on a machine
// it was made.
LeftOut LeftOutOf(const std::vector<Problem>& problems, const std::vector<ScoredMatrix>& matrices,
                  const std::vector<std::filesystem::path>& folders);

// For left_out.tpl; null if there are none.
Json LeftOutData(const std::vector<Problem>& problems);

}  // namespace dfkd::site
