// Before a run computes: what of its plan can be had elsewhere.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "bench/matrix/plan.h"
#include "bench/store/artifact_source.h"
#include "bench/store/store.h"

namespace dfkd {

// Asks the source for every artifact of the plan that the store does not have; all of them, not
// only what is needed for the rest: scores tell of every stage on the way. Returns how many came.
// `note` is told how it goes, every ten seconds; `stop` is asked a few times a second.
size_t BringMissing(const Plan& plan, const Store& store, ArtifactSource& source,
                    const std::function<bool()>& stop,
                    const std::function<void(const std::string&)>& note);

// Adds to `needed` (in plan order) what is outstanding (ArtifactSource), with what that needs, as
// far as it is not `there`: it is waited for or computed, although all that was made from it may
// have come. Scores tell of it.
void AddOutstanding(const Plan& plan, const std::vector<std::string>& outstanding,
                    const std::vector<bool>& there, std::vector<StageId>& needed);

}  // namespace dfkd
