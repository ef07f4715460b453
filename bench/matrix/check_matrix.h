// Everything that is wrong with a matrix file, for `dfkd validate`.
#pragma once
#include <vector>

#include "bench/matrix/matrix.h"

namespace dfkd {

// What the schema says; if that is nothing, what ReadMatrix says; if that is nothing and the
// plugins must be registered, what planning its cells says. So a file without problems can be
// planned, and one that cannot has a problem: `dfkd plan` looks at the same and stops at the first.
std::vector<MatrixProblem> CheckMatrix(const Json& matrix, Plugins plugins = Plugins::kRegistered);

// Whether all plugins that it names, detectors included, are registered here.
bool HasItsPlugins(const Matrix& matrix);

// What is wrong with how it and its entries are called, and with what comes twice: names and ids
// that are no visible text, or "." and "..", ids that scores could not bear or that no flag could
// name, parts that do nothing, networks named twice in an axis.
std::vector<MatrixProblem> CheckNames(const Matrix& matrix);

// Throws MatrixError with the first of them. `origin` opens the message.
void RequireNames(const Matrix& matrix, const std::string& origin);

}  // namespace dfkd
