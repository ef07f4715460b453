#include "bench/engines/board.h"

#include <algorithm>
#include <array>
#include <set>

#include "bench/core/log.h"
#include "bench/matrix/gate.h"
#include "bench/store/failures.h"
#include "bench/store/work.h"

namespace dfkd {
namespace {

constexpr std::array<const char*, 7> kStageStates = {"waiting", "running", "busy",   "done",
                                                     "failed",  "blocked", "skipped"};
constexpr std::array<const char*, 6> kCellStates = {"done",   "running",       "waiting",
                                                    "failed", "attack_failed", "not_applicable"};

StageView At(const Board& board, const std::string& ref) {
  const auto found = board.find(ref);
  return found == board.end() ? StageView{} : found->second;
}

bool IsReference(const PlannedCell& cell, const std::string& ref) {
  if (ref == cell.student_evaluation || ref == cell.teacher_evaluation) return false;
  return ref == cell.floor_evaluation || ref == cell.undefended_evaluation;
}

std::string Because(const std::string& ref, const StageView& view) {
  if (view.state == StageState::kBlocked) return view.why;
  return fmt::format("{} failed: {}", ref.substr(0, ref.find('/')), view.why);
}

// The state that counts, worst last: a failed gate explains why all behind it is skipped.
void Combine(const PlannedCell& cell, const std::string& ref, const StageView& view,
             CellView& result) {
  const bool ended_badly = view.state == StageState::kFailed || view.state == StageState::kBlocked;
  if (ended_badly && IsReference(cell, ref)) {
    if (result.why.empty()) result.why = "a reference is missing: " + Because(ref, view);
    return;
  }
  if (view.state == StageState::kSkipped) {
    result.state = CellState::kAttackFailed;
    result.why = view.why;
  } else if (result.state == CellState::kAttackFailed) {
    return;
  } else if (ended_badly && result.state != CellState::kFailed) {
    result.state = CellState::kFailed;
    result.why = Because(ref, view);
  } else if (view.state == StageState::kRunning || view.state == StageState::kBusy) {
    if (result.state != CellState::kFailed) result.state = CellState::kRunning;
    result.running.push_back(ref);
    if (result.why.empty()) result.why = view.why;
  } else if (view.state == StageState::kWaiting && result.state == CellState::kDone) {
    result.state = CellState::kWaiting;
  }
}

class Reader {
 public:
  Reader(const Plan& plan, Store& store, bool ignore_gate)
      : plan_(plan), store_(store), failures_(store.root()), ignore_gate_(ignore_gate) {}

  StageView Read(const std::string& ref, const Board& board) {
    if (store_.Has(ref)) return {StageState::kDone, ""};
    const auto& planned = plan_.At(ref);
    if (const auto holder = DescribeLease(WorkFolder(store_.root(), planned.stage.key()))) {
      return {StageState::kBusy, *holder};
    }
    const auto failures = failures_.ReadAll(planned.stage.key());
    if (!MayTry(failures)) {
      return {StageState::kFailed, failures.back().message, failures.back().failure};
    }
    for (const auto& need : NeedsOf(planned, ignore_gate_)) {
      const auto view = At(board, need);
      if (view.state == StageState::kFailed || view.state == StageState::kBlocked) {
        return {StageState::kBlocked, WhyBlocked(plan_.At(need), view)};
      }
      if (view.state == StageState::kSkipped) return view;
    }
    return AtGate(planned);
  }

 private:
  StageView AtGate(const PlannedStage& planned) {
    if (!planned.gate || ignore_gate_) return {};
    const auto& gate = *planned.gate;
    if (!store_.Has(gate.teacher_evaluation) || !store_.Has(gate.clean_evaluation)) return {};
    const auto [known, added] = gates_.try_emplace(gate.teacher_evaluation);
    if (added) known->second = Look(gate);
    return known->second;
  }

  StageView Look(const Gate& gate) try {
    if (EvaluateGate(store_, gate).passed) return {};
    return {StageState::kSkipped, DescribeGate(store_, gate)};
  } catch (const Error& e) {
    spdlog::warn("{}", e.what());
    return {};
  }

  const Plan& plan_;
  Store& store_;
  const Failures failures_;
  const bool ignore_gate_;
  std::map<std::string, StageView> gates_;  // by the evaluation of the teacher
};

}  // namespace

const char* Name(StageState state) { return kStageStates[static_cast<size_t>(state)]; }
const char* Name(CellState state) { return kCellStates[static_cast<size_t>(state)]; }

std::vector<std::string> StagesOf(const PlannedCell& cell) {
  std::vector<std::string> refs;
  std::set<std::string> seen = {""};
  const auto add = [&](const std::string& ref) {
    if (seen.insert(ref).second) refs.push_back(ref);
  };
  for (const auto& ref : {cell.clean_evaluation, cell.teacher_evaluation}) add(ref);
  for (const auto& ref : cell.path) add(ref);
  for (const auto& ref :
       {cell.student_evaluation, cell.floor_evaluation, cell.undefended_evaluation}) {
    add(ref);
  }
  return refs;
}

CellView ViewOf(const PlannedCell& cell, const Board& board) {
  if (!cell.not_applicable.empty()) return {CellState::kNotApplicable, cell.not_applicable};
  CellView view{CellState::kDone};
  // A stage on the way to what is done is not needed, whatever became of it.
  const bool finished = At(board, cell.student_evaluation).state == StageState::kDone;
  for (const auto& ref : StagesOf(cell)) {
    const bool on_the_way = std::find(cell.path.begin(), cell.path.end(), ref) != cell.path.end();
    if (!finished || !on_the_way) Combine(cell, ref, At(board, ref), view);
  }
  return view;
}

std::vector<std::string> NeedsOf(const PlannedStage& stage, bool ignore_gate) {
  auto needs = stage.stage.Inputs();
  if (!stage.starts.empty()) needs.push_back(stage.starts.front());
  if (stage.gate && !ignore_gate) {
    needs.push_back(stage.gate->teacher_evaluation);
    needs.push_back(stage.gate->clean_evaluation);
  }
  return needs;
}

std::string WhyBlocked(const PlannedStage& need, const StageView& view) {
  if (view.state == StageState::kBlocked) return view.why;
  return fmt::format("'{}' failed: {}", need.title, view.why);
}

Board ReadBoard(const Plan& plan, Store& store, bool ignore_gate) {
  Reader reader(plan, store, ignore_gate);
  Board board;
  for (const auto& ref : plan.order) board[ref] = reader.Read(ref, board);
  return board;
}

std::string DescribeGate(Store& store, const Gate& gate) {
  const auto result = EvaluateGate(store, gate);
  const auto asr = result.teacher_asr ? fmt::format("{:.3f}", *result.teacher_asr) : "unknown";
  return fmt::format(
      "teacher's ASR {} (at least {:.2f}), accuracy {:.3f} against {:.3f} of the clean teacher (at "
      "most {:.2f} less)",
      asr, gate.lowest_asr, result.teacher_acc, result.clean_acc, gate.largest_acc_drop);
}

}  // namespace dfkd
