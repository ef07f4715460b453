// Where every stage and every cell of a plan stands: what `run` keeps up to date and `status` reads
// from the store.
#pragma once
#include <string>
#include <vector>

#include "bench/matrix/plan.h"
#include "bench/store/failures.h"
#include "bench/store/store.h"

namespace dfkd {

enum class StageState {
  kWaiting,  // for inputs, its gate or a slot
  kRunning,
  kBusy,     // somebody else works on it, or it rests because something was lost
  kDone,     // in the store
  kFailed,   // and not to be tried again
  kBlocked,  // what it needs failed
  kSkipped,  // its gate failed
};
const char* Name(StageState state);

struct StageView {
  StageState state = StageState::kWaiting;
  std::string why;                              // one line, may be empty
  FailureClass failure = FailureClass::kError;  // of a blocked stage: of the first cause
};

// By StageId.
using Board = std::vector<StageView>;

// How a cell ended is called as in its score.
enum class CellState {
  kDone,
  kRunning,
  kWaiting,
  kFailed,
  kDiverged,  // a stage of it did: a result of the method
  kTimedOut,
  kAttackFailed,
  kNotApplicable,
};
inline constexpr size_t kCellStates = 8;
const char* Name(CellState state);

struct CellView {
  CellState state = CellState::kWaiting;
  std::string why;
  std::vector<StageId> running;
};

// All stages on which a cell's score depends, references included.
std::vector<StageId> StagesOf(const PlannedCell& cell);

// A cell whose own stages are done and one of whose references failed is done, and `why` says so.
CellView ViewOf(const Plan& plan, const PlannedCell& cell, const Board& board);

// What a stage needs before it can start: inputs, the previous cut of its run, its gate.
std::vector<StageId> NeedsOf(const PlannedStage& stage, bool ignore_gate);

// Whether something that it needs failed, is blocked or was skipped.
bool WaitsInVain(const PlannedStage& stage, const Board& board, bool ignore_gate);

// Why what needs this failed or blocked stage is blocked: the first cause.
std::string WhyBlocked(const PlannedStage& need, const StageView& view);

// The board of a plan that nobody in this process runs, from the store alone. At `places` stages
// run at present: none of them has failed for good that may be tried at one (MayTrySomewhere).
Board ReadBoard(const Plan& plan, Store& store, bool ignore_gate,
                const std::vector<Place>& places = {});

// "ASR 0.41 < 0.90, accuracy 0.88 against 0.90 of the clean teacher"
std::string DescribeGate(Store& store, const Plan& plan, const Gate& gate);

}  // namespace dfkd
