// Everything that is wrong with a matrix file, for `dfkd validate`.
#pragma once
#include <vector>

#include "bench/matrix/matrix.h"

namespace dfkd {

// What the schema says; if that is nothing, what ReadMatrix says; if that is nothing and the
// plugins must be registered, what planning its cells says. So a file without problems can be
// planned, and one that cannot has a problem: `dfkd plan` takes the same way and stops at the
// first.
std::vector<MatrixProblem> CheckMatrix(const Json& matrix, Plugins plugins = Plugins::kRegistered);

}  // namespace dfkd
