// The scores of a few cells for somebody who waits for them: one line each.
#pragma once
#include <string>
#include <vector>

#include "bench/scores/score.h"

namespace dfkd::cli {

// ACC and ASR in percent, the teacher's first, then undefended, then the others; why a cell has no
// numbers stands in their place. Ends in a line break; "" without scores.
std::string ToyTable(std::vector<Score> scores);

}  // namespace dfkd::cli
