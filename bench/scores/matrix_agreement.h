// Whether scores are of the experiment that the matrix.json beside them states. It is resolved
// without any data, as far as its plugins are registered here.
#pragma once
#include <utility>
#include <vector>

#include "bench/scores/score.h"
#include "bench/scores/validate.h"

namespace dfkd {

// Of the scores at these positions the first thing that they say otherwise than the matrix of their
// name in the matrix.json of their folder, one line with both values: preset, profile, recipe of
// the teacher, whether it is a demonstration; of each entry the plugin and, if its revision is that
// of today, the options and whether it knows the attack; on what it was evaluated, and the track.
// What an earlier program did not know of (an option that is at its default) may be missing.
//
// Nothing is told where a plugin that the matrix names is not registered here, of entries that the
// matrix does not have or that cannot be resolved, and of results that are kept in *.jsonl.
std::vector<std::pair<size_t, Problem>> CheckAgainstMatrices(const std::vector<Score>& scores);

}  // namespace dfkd
