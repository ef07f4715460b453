// Whether a student can have cost what its score says.
#pragma once
#include <filesystem>
#include <vector>

#include "bench/scores/score.h"
#include "bench/scores/validate.h"

namespace dfkd {

// Problems of `file`; none: a machine can have spent so much. What is absent is no problem, but for
// one kind of seconds beside the other.
std::vector<Problem> CheckCost(const Score& score, const std::filesystem::path& file);

}  // namespace dfkd
