#include "bench/matrix/check_matrix.h"

#include "bench/matrix/plan.h"

namespace dfkd {

std::vector<MatrixProblem> CheckMatrix(const Json& matrix, Plugins plugins) {
  auto parsed = ReadMatrix(matrix, plugins);
  if (!parsed.problems.empty() || plugins == Plugins::kAnyones) return std::move(parsed.problems);
  return TryPlan(parsed.matrix);
}

}  // namespace dfkd
