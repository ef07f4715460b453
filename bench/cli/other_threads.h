// Results are bound to the number of threads, which stands in manifests and not in keys: what one
// run computed, a run with another number would go on from without a word.
#pragma once
#include <string>

#include "bench/matrix/plan.h"
#include "bench/store/store.h"

namespace dfkd::cli {

// One line on what the store has with another number of threads and what is still to be computed
// reads; "" if there is nothing. Manifests that cannot be read are passed over: whoever needs one
// will say so.
std::string OtherThreads(const Plan& plan, const Store& store, int threads);

}  // namespace dfkd::cli
