// The smallest cells in which a plugin can be seen at work: generated shapes, tiny networks, the
// undefended student beside ABD.
#pragma once
#include <string>

#include "bench/core/json.h"

namespace dfkd::cli {

// The matrix of its own that a plugin may have in its folder.
inline constexpr const char* kToyMatrixFile = "toy.json";

// With the plugin in its place and the smallest sensible neighbours in the others. Its options are
// those that the shipped matrix `smoke` gives it; what smoke does not name gets its defaults, and a
// distiller few rounds. `kind` as in Name(PluginKind).
Json ToyMatrix(const std::string& kind, const std::string& name);

}  // namespace dfkd::cli
