// Results of a plan that older code of a plugin left in the store although its revision is the
// same: they are read as if nothing had changed, so somebody must be told.
#pragma once
#include <string>
#include <vector>

#include "bench/core/plugin_sources.h"
#include "bench/matrix/plan.h"
#include "bench/store/store.h"

namespace dfkd {

struct ChangedSource {
  std::string plugin;  // its label, "defense mine"
  CurrentSource now;
  size_t stages = 0, checkpoints = 0;  // that other sources of this revision left
};

// Of the stages of the plan, published or at a checkpoint; by label. What does not say by which
// sources it was made says nothing here either.
std::vector<ChangedSource> FindChangedSources(const Plan& plan, const Store& store,
                                              const CurrentSources& now);

// One line for people: what is there, and what to do about it.
std::string ToText(const ChangedSource& changed);

}  // namespace dfkd
