// What completion offers for the arguments of the verbs: names of plugins, matrices and entries.
#pragma once
#include "bench/cli/program.h"
#include "bench/core/plugin_card.h"

namespace dfkd::cli {

// `program` must live as long as what is returned.
Argument::Offer VerbNames(const Program& program);
Argument::Offer PluginNames(PluginKind kind);
Argument::Offer ShippedMatrices();
// The ids of the matrix that is the last positional, and the defences that may be selected beside
// them; names of plugins where there is no matrix.
Argument::Offer EntryIds(PluginKind kind);

}  // namespace dfkd::cli
