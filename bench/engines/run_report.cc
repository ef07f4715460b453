// What a run has come to (scheduler.h).
#include <algorithm>

#include "bench/engines/scheduler.h"

namespace dfkd {

size_t RunReport::Count(StageState state) const {
  return std::count_if(board.begin(), board.end(),
                       [&](const auto& view) { return view.state == state; });
}

int RunReport::ExitCode() const {
  if (interrupted) return 130;
  if (!halted.empty()) return 2;
  const bool failed = std::any_of(board.begin(), board.end(), [](const auto& view) {
    const bool ended = view.state == StageState::kFailed || view.state == StageState::kBlocked;
    return ended && view.failure != FailureClass::kDiverged;
  });
  return failed ? 1 : 0;
}

std::optional<double> ExpectedSeconds(const PlannedStage& stage, const History& history) {
  return history.ExpectedSeconds(stage.label);
}

}  // namespace dfkd
