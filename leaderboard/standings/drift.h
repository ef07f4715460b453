// Whether a result that was computed once more says what it said before.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bench/scores/results_file.h"

namespace dfkd {

// Equal for equal numbers: of everything that a score says but where and when it was computed, by
// which code, at which cost, and how its distillation was cut.
std::string NumbersDigest(const Score& score);

// Why they are not the same result, in one line; absent if they are. On equal machines, where the
// profile promises equal bits, every number must be equal. Elsewhere float32 differs in its last
// bits, which is as good as another seed: status and gate must be equal, and ACC and ASR must lie
// inside the 99 % prediction interval of `siblings`, the results of the same cell but for the seeds
// (three or more, or it is not asked), or else have Wilson intervals that overlap.
std::optional<std::string> WhyOther(const CommittedResult& before, const CommittedResult& after,
                                    const std::vector<const Score*>& siblings);

}  // namespace dfkd
