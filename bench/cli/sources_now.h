// The sources of this program's plugins, for what compares them with those of results.
#pragma once
#include "bench/core/json.h"
#include "bench/core/plugin_sources.h"
#include "bench/matrix/plan.h"
#include "bench/store/store.h"

namespace dfkd::cli {

// Of the plugins that have registered.
CurrentSources SourcesNow();
// Label -> SHA-256: a fact for every stage.
Json SourceHashes();

// Says on standard error what of the plan older code left in the store under the same revision:
// whoever changed a plugin may want to raise its revision before anything is computed.
void TellChangedSources(const Plan& plan, const Store& store);

}  // namespace dfkd::cli
