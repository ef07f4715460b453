// Whether the numbers of a score are those of its images: each is its count, and no count
// contradicts another.
#pragma once
#include <filesystem>
#include <vector>

#include "bench/scores/score.h"
#include "bench/scores/validate.h"

namespace dfkd {

// How far a fraction may be from its count.
inline constexpr double kRoundingOfScores = 1e-9;

// Whether so many of so many images can be.
bool IsCount(const Count& count);

// Problems of `file`; none: the numbers go together.
std::vector<Problem> CheckCounts(const Score& score, const std::filesystem::path& file);

}  // namespace dfkd
