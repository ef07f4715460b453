// How far a run is, counted while stages change: what a summary says costs the cells that changed
// since the last one, not a look at all.
#pragma once
#include <array>
#include <string>
#include <vector>

#include "bench/engines/board.h"

namespace dfkd {

class Tally {
 public:
  // Stages that take alike (PlannedStage::label) and are needed.
  struct Alike {
    std::string label;
    size_t open = 0;     // not done
    size_t waiting = 0;  // of these
  };

  // Both must outlive the tally; `board` is up to date whenever one of these is called.
  Tally(const Plan& plan, const Board& board);

  void Changed(StageId id, const StageView& before);

  size_t stages_done() const { return stages_done_; }
  // Done, failed, or never to be run.
  size_t CellsEnded();
  size_t CellsIn(CellState state);
  const std::vector<Alike>& Work();

 private:
  void CountWork();
  void LookAgain();

  const Plan& plan_;
  const Board& board_;
  size_t stages_done_ = 0;
  std::vector<CellState> states_;                 // of cells, as counted
  std::array<size_t, kCellStates> cells_in_{};    // by CellState: how many are in it
  std::vector<std::vector<CellIndex>> cells_of_;  // by StageId: whose state it decides
  std::vector<CellIndex> changed_;                // cells whose state may be another by now
  std::vector<bool> has_changed_;
  std::vector<Alike> work_;
  std::vector<size_t> alike_;  // by StageId: place in work_
  std::vector<bool> needed_;   // by StageId
  bool recount_ = true;        // what is needed has changed
};

}  // namespace dfkd
