#include "bench/engines/board.h"

#include <algorithm>
#include <array>
#include <map>

#include "bench/core/log.h"
#include "bench/matrix/gate.h"
#include "bench/store/inventory.h"
#include "bench/store/work.h"

namespace dfkd {
namespace {

constexpr size_t kMostOtherNeeds = 4;  // of a stage, beside its inputs

constexpr std::array<const char*, 7> kStageStates = {"waiting", "running", "busy",   "done",
                                                     "failed",  "blocked", "skipped"};
constexpr std::array<const char*, kCellStates> kCellStateNames = {
    "done",     "running",   "waiting",       "failed",
    "diverged", "timed_out", "attack_failed", "not_applicable"};

bool EndedBadly(CellState state) {
  return state == CellState::kFailed || state == CellState::kDiverged ||
         state == CellState::kTimedOut;
}

// Of a cell that cannot go on for such a failure: as its score says (cell_score.cc).
CellState StateAfter(FailureClass failure) {
  return failure == FailureClass::kDiverged  ? CellState::kDiverged
         : failure == FailureClass::kTimeout ? CellState::kTimedOut
                                             : CellState::kFailed;
}

bool IsReference(const PlannedCell& cell, StageId id) {
  if (id == cell.student_evaluation || id == cell.teacher_evaluation) return false;
  if (id == cell.floor_evaluation || id == cell.undefended_evaluation) return true;
  const auto detections = DetectionsOf(cell);
  return std::find(detections.begin(), detections.end(), id) != detections.end();
}

std::string Because(const PlannedStage& stage, const StageView& view) {
  if (view.state == StageState::kBlocked) return view.why;
  return fmt::format("{} failed: {}", stage.stage.kind, view.why);
}

// The state that counts, worst last: a failed gate explains why all behind it is skipped.
void Combine(const Plan& plan, const PlannedCell& cell, StageId id, const StageView& view,
             CellView& result) {
  const bool ended_badly = view.state == StageState::kFailed || view.state == StageState::kBlocked;
  if (ended_badly && IsReference(cell, id)) {
    if (result.why.empty()) result.why = "a reference is missing: " + Because(plan.At(id), view);
    return;
  }
  if (view.state == StageState::kSkipped) {
    result.state = CellState::kAttackFailed;
    result.why = view.why;
  } else if (result.state == CellState::kAttackFailed) {
    return;
  } else if (ended_badly && !EndedBadly(result.state)) {
    result.state = StateAfter(view.failure);
    result.why = Because(plan.At(id), view);
  } else if (view.state == StageState::kRunning || view.state == StageState::kBusy) {
    if (!EndedBadly(result.state)) result.state = CellState::kRunning;
    result.running.push_back(id);
    if (result.why.empty()) result.why = view.why;
  } else if (view.state == StageState::kWaiting && result.state == CellState::kDone) {
    result.state = CellState::kWaiting;
  }
}

class Reader {
 public:
  Reader(const Plan& plan, Store& store, bool ignore_gate, const std::vector<Place>& places)
      : plan_(plan),
        store_(store),
        there_(store),
        failures_(store.root()),
        places_(places),
        ignore_gate_(ignore_gate) {}

  // `board`: of the stages before it.
  StageView Read(StageId id, const Board& board) {
    const auto& planned = plan_.At(id);
    if (there_.Has(planned.stage.ref)) return {StageState::kDone, ""};
    const auto key = planned.stage.key();
    if (there_.HasWork(key)) {
      if (const auto holder = DescribeLease(WorkFolder(store_.root(), key)))
        return {StageState::kBusy, *holder};
    }
    if (there_.HasFailures(key)) {
      const auto failures = failures_.ReadAll(key);
      if (!MayTrySomewhere(failures, places_))
        return {StageState::kFailed, failures.back().message, failures.back().failure};
    }
    for (const auto need : NeedsOf(planned, ignore_gate_)) {
      const auto& view = board.at(need);
      if (view.state == StageState::kFailed || view.state == StageState::kBlocked) {
        return {StageState::kBlocked, WhyBlocked(plan_.At(need), view), view.failure};
      }
      if (view.state == StageState::kSkipped) return view;
    }
    return AtGate(planned);
  }

 private:
  StageView AtGate(const PlannedStage& planned) {
    if (!planned.gate || ignore_gate_) return {};
    const auto& gate = *planned.gate;
    const auto [known, added] = gates_.try_emplace(gate.teacher_evaluation);
    const bool open = added && there_.Has(plan_.Ref(gate.teacher_evaluation)) &&
                      there_.Has(plan_.Ref(gate.clean_evaluation)) &&
                      there_.Has(plan_.Ref(gate.Judged()));
    if (open) known->second = Look(gate);
    return known->second;
  }

  StageView Look(const Gate& gate) try {
    if (EvaluateGate(store_, plan_, gate).passed) return {};
    return {StageState::kSkipped, DescribeGate(store_, plan_, gate)};
  } catch (const Error& e) {
    spdlog::warn("{}", e.what());
    return {};
  }

  const Plan& plan_;
  Store& store_;
  Inventory there_;
  const Failures failures_;
  const std::vector<Place>& places_;
  const bool ignore_gate_;
  std::map<StageId, StageView> gates_;  // by the evaluation of the teacher
};

}  // namespace

const char* Name(StageState state) { return kStageStates[static_cast<size_t>(state)]; }
const char* Name(CellState state) { return kCellStateNames[static_cast<size_t>(state)]; }

std::vector<StageId> StagesOf(const PlannedCell& cell) {
  std::vector<StageId> ids;
  const auto add = [&](StageId id) {
    if (id == kNoStage || std::find(ids.begin(), ids.end(), id) != ids.end()) return;
    ids.push_back(id);
  };
  for (const auto id : {cell.clean_evaluation, cell.teacher_evaluation}) add(id);
  if (cell.gate) add(cell.gate->Judged());
  for (const auto id : cell.path) add(id);
  for (const auto id :
       {cell.student_evaluation, cell.floor_evaluation, cell.undefended_evaluation}) {
    add(id);
  }
  for (const auto id : DetectionsOf(cell)) add(id);
  return ids;
}

CellView ViewOf(const Plan& plan, const PlannedCell& cell, const Board& board) {
  if (!cell.not_applicable.empty()) return {CellState::kNotApplicable, cell.not_applicable};
  CellView view{CellState::kDone};
  // A stage on the way to what is done is not needed, whatever became of it.
  const bool finished = board.at(cell.student_evaluation).state == StageState::kDone;
  for (const auto id : StagesOf(cell)) {
    const bool on_the_way = std::find(cell.path.begin(), cell.path.end(), id) != cell.path.end();
    if (!finished || !on_the_way) Combine(plan, cell, id, board.at(id), view);
  }
  return view;
}

std::vector<StageId> NeedsOf(const PlannedStage& stage, bool ignore_gate) {
  std::vector<StageId> needs;
  needs.reserve(stage.inputs.size() + kMostOtherNeeds);
  needs.insert(needs.end(), stage.inputs.begin(), stage.inputs.end());
  if (!stage.starts.empty()) needs.push_back(stage.starts.front());
  if (stage.gate && !ignore_gate) {
    needs.push_back(stage.gate->teacher_evaluation);
    needs.push_back(stage.gate->clean_evaluation);
    if (!stage.gate->judging.empty()) needs.push_back(stage.gate->Judged());
  }
  return needs;
}

bool WaitsInVain(const PlannedStage& stage, const Board& board, bool ignore_gate) {
  const auto needs = NeedsOf(stage, ignore_gate);
  return std::any_of(needs.begin(), needs.end(), [&](StageId need) {
    const auto state = board.at(need).state;
    return state == StageState::kFailed || state == StageState::kBlocked ||
           state == StageState::kSkipped;
  });
}

std::string WhyBlocked(const PlannedStage& need, const StageView& view) {
  if (view.state == StageState::kBlocked) return view.why;
  return fmt::format("'{}' failed: {}", need.title, view.why);
}

Board ReadBoard(const Plan& plan, Store& store, bool ignore_gate,
                const std::vector<Place>& places) {
  Reader reader(plan, store, ignore_gate, places);
  Board board;
  board.reserve(plan.stages.size());
  for (StageId id = 0; id < plan.stages.size(); ++id) board.push_back(reader.Read(id, board));
  return board;
}

std::string DescribeGate(Store& store, const Plan& plan, const Gate& gate) {
  const auto result = EvaluateGate(store, plan, gate);
  const auto asr = result.asr ? fmt::format("{:.3f}", *result.asr) : "unknown";
  return fmt::format(
      "{} ASR {} (at least {:.2f}), accuracy {:.3f} against {:.3f} of the clean teacher (at most "
      "{:.2f} less)",
      WhoIsJudged(gate), asr, result.lowest_asr, result.teacher_acc, result.clean_acc,
      gate.largest_acc_drop);
}

}  // namespace dfkd
