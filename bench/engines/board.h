// Where every stage and every cell of a plan stands: what `run` keeps up to date and `status` reads
// from the store.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "bench/matrix/plan.h"
#include "bench/store/store.h"

namespace dfkd {

enum class StageState {
  kWaiting,  // for inputs, its gate or a slot
  kRunning,
  kBusy,     // somebody else works on it
  kDone,     // in the store
  kFailed,   // and not to be tried again
  kBlocked,  // what it needs failed
  kSkipped,  // its gate failed
};
const char* Name(StageState state);

struct StageView {
  StageState state = StageState::kWaiting;
  std::string why;  // one line, may be empty
  FailureClass failure = FailureClass::kError;
};

// By ref.
using Board = std::map<std::string, StageView>;

enum class CellState { kDone, kRunning, kWaiting, kFailed, kAttackFailed, kNotApplicable };
const char* Name(CellState state);

struct CellView {
  CellState state = CellState::kWaiting;
  std::string why;
  std::vector<std::string> running;  // refs
};

// All stages on which a cell's score depends, references included.
std::vector<std::string> StagesOf(const PlannedCell& cell);

// Stages that the board lacks count as waiting. A cell whose own stages are done and one of whose
// references failed is done, and `why` says so.
CellView ViewOf(const PlannedCell& cell, const Board& board);

// What a stage needs before it can start: inputs, the previous cut of its run, its gate.
std::vector<std::string> NeedsOf(const PlannedStage& stage, bool ignore_gate);

// Why what needs this failed or blocked stage is blocked: the first cause.
std::string WhyBlocked(const PlannedStage& need, const StageView& view);

// The board of a plan that nobody in this process runs, from the store alone.
Board ReadBoard(const Plan& plan, Store& store, bool ignore_gate);

// "ASR 0.41 < 0.90, accuracy 0.88 against 0.90 of the clean teacher"
std::string DescribeGate(Store& store, const Gate& gate);

}  // namespace dfkd
