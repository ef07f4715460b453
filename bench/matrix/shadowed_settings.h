// Settings of a matrix that are not heard, because something else sets the same option: no
// mistake by itself, but seldom what somebody meant.
#pragma once
#include <string>
#include <vector>

#include "bench/matrix/plan.h"

namespace dfkd {

// A line for each setting of an override that acts on nothing in the plan although it speaks of
// some of it, or not on an entry that has a value of its own, and for each of two settings of which
// one names an option more closely; a few at most, the last says how many more. What gives way to a
// later override in some cells, or to --set, is meant so.
std::vector<std::string> ShadowedSettings(const Matrix& matrix, const Selection& selection,
                                          const Plan& plan);

}  // namespace dfkd
