#include "bench/engines/tally.h"

#include <unordered_map>

namespace dfkd {

Tally::Tally(const Plan& plan, const Board& board)
    : plan_(plan),
      board_(board),
      states_(plan.cells.size(), CellState::kWaiting),
      cells_of_(plan.stages.size()),
      has_changed_(plan.cells.size(), true),
      needed_(plan.stages.size()) {
  for (CellIndex cell = 0; cell < plan.cells.size(); ++cell) {
    changed_.push_back(cell);
    for (const auto id : StagesOf(plan.cells[cell])) cells_of_[id].push_back(cell);
  }
  std::unordered_map<std::string, size_t> places;
  for (const auto& stage : plan.stages) {
    const auto [place, fresh] = places.try_emplace(stage.label, work_.size());
    if (fresh) work_.push_back({stage.label});
    alike_.push_back(place->second);
  }
  cells_in_[static_cast<size_t>(CellState::kWaiting)] = states_.size();
  for (const auto& view : board) stages_done_ += view.state == StageState::kDone;
}

void Tally::Changed(StageId id, const StageView& before) {
  const auto was = before.state, is = board_[id].state;
  if (was == is) return;
  for (const auto cell : cells_of_[id]) {
    if (!has_changed_[cell]) changed_.push_back(cell);
    has_changed_[cell] = true;
  }
  stages_done_ += is == StageState::kDone;
  stages_done_ -= was == StageState::kDone;
  recount_ |= was == StageState::kDone;  // found damaged
  if (recount_ || !needed_[id]) return;
  auto& work = work_[alike_[id]];
  work.open -= is == StageState::kDone;
  work.waiting -= was == StageState::kWaiting;
  work.waiting += is == StageState::kWaiting;
}

void Tally::LookAgain() {
  for (const auto cell : changed_) {
    has_changed_[cell] = false;
    const auto is = ViewOf(plan_, plan_.cells[cell], board_).state;
    --cells_in_[static_cast<size_t>(states_[cell])];
    ++cells_in_[static_cast<size_t>(is)];
    states_[cell] = is;
  }
  changed_.clear();
}

size_t Tally::CellsEnded() {
  return states_.size() - CellsIn(CellState::kRunning) - CellsIn(CellState::kWaiting);
}

size_t Tally::CellsIn(CellState state) {
  LookAgain();
  return cells_in_[static_cast<size_t>(state)];
}

const std::vector<Tally::Alike>& Tally::Work() {
  if (std::exchange(recount_, false)) CountWork();
  return work_;
}

void Tally::CountWork() {
  for (auto& work : work_) work.open = work.waiting = 0;
  needed_.assign(plan_.stages.size(), false);
  const auto done = [this](StageId id) { return board_[id].state == StageState::kDone; };
  for (const auto id : NeededStages(plan_, done)) {
    needed_[id] = true;
    auto& work = work_[alike_[id]];
    ++work.open;
    work.waiting += board_[id].state == StageState::kWaiting;
  }
}

}  // namespace dfkd
