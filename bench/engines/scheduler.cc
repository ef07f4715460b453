#include "bench/engines/scheduler.h"

#include <algorithm>
#include <set>
#include <utility>

#include "bench/core/log.h"
#include "bench/engines/order.h"
#include "bench/matrix/gate.h"
#include "bench/store/failures.h"

namespace dfkd {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kMostRepairs = 3;  // of one stage's inputs: a disk that keeps damaging files
constexpr int kMostLost = 10;    // in one run: more is no bad luck

class Scheduler {
 public:
  Scheduler(const Plan& plan, Store& store, Engine& engine, const RunOptions& options,
            Observer& observer)
      : plan_(plan),
        store_(store),
        engine_(engine),
        options_(options),
        observer_(observer),
        failures_(store.root()),
        history_(store.ReadHistory()),
        running_(engine.slots().size()) {}

  RunReport Run() {
    Refresh();
    report_.cached = report_.Count(StageState::kDone);
    observer_.Begin(plan_, board(), history_);
    SayWhatIsGone();
    while (true) {
      HearStopRequests();
      SubmitReady();
      Settle();
      if (!AnythingToWaitFor()) break;
      if (auto event = engine_.Wait(Pause())) Handle(*event);
      observer_.Tick();
    }
    report_.interrupted = stop_requests_ > 0;
    return std::move(report_);
  }

 private:
  Board& board() { return report_.board; }
  StageState StateOf(const std::string& ref) { return board().at(ref).state; }
  void Set(const std::string& ref, StageState state, std::string why = "",
           FailureClass failure = FailureClass::kError) {
    board()[ref] = {state, std::move(why), failure};
    if (state != StageState::kBusy) look_again_.erase(ref);
    // A stage that starts changes nothing for others.
    dirty_ |= state != StageState::kBusy && state != StageState::kRunning;
  }

  // What is needed, given what the store holds now; again after something was found damaged.
  void Refresh() {
    std::map<std::string, bool> there;
    for (const auto& ref : plan_.order) there[ref] = store_.Has(ref);
    const auto needed = NeededStages(plan_, [&](const auto& ref) { return there.at(ref); });
    for (const auto& ref : plan_.order) Reconsider(ref, there.at(ref));
    order_ = ByPriority(plan_, needed, history_, options_.ignore_gate);
    in_plan_order_ = needed;
    gates_.clear();
    dirty_ = true;
  }

  void Reconsider(const std::string& ref, bool there) {
    const auto state = board()[ref].state;
    if (there) Set(ref, StageState::kDone);
    if (!there && state == StageState::kDone) Set(ref, StageState::kWaiting);
    const auto key = plan_.At(ref).stage.key();
    if (options_.retry_failed && !forgiven_.contains(key)) {
      forgiven_[key] = failures_.ReadAll(key).size();
    }
  }

  void SayWhatIsGone() {
    const std::set<std::string> needed(in_plan_order_.begin(), in_plan_order_.end());
    for (const auto& ref : plan_.order) {
      if (StateOf(ref) == StageState::kDone || !history_.WasPublished(ref)) continue;
      observer_.Note(
          fmt::format("{}: published earlier and deleted since; {}", plan_.At(ref).title,
                      needed.contains(ref) ? "computed again" : "nothing needs it at present"));
    }
  }

  void HearStopRequests() {
    const int requests = options_.stop_requests();
    if (requests == stop_requests_) return;
    if (stop_requests_ == 0) {
      observer_.Note("stopping: running stages write a checkpoint; interrupt again to end now");
      engine_.Stop();
    }
    if (requests > 1) engine_.Kill();
    stop_requests_ = requests;
  }

  static bool IsOpen(StageState state) {
    return state == StageState::kWaiting || state == StageState::kRunning ||
           state == StageState::kBusy;
  }

  bool MaySubmit() const { return stop_requests_ == 0 && !(options_.fail_fast && failed_); }

  // Passes failures and closed gates on to what waits for them. In plan order one pass is enough.
  void Settle() {
    while (dirty_) {
      dirty_ = false;
      const auto ended = [this](const auto& ref) { return !IsOpen(StateOf(ref)); };
      std::erase_if(in_plan_order_, ended);
      std::erase_if(order_, ended);
      for (const auto& ref : in_plan_order_) {
        if (StateOf(ref) == StageState::kWaiting) SettleOne(ref);
      }
      if (std::exchange(repaired_, false)) Refresh();
    }
  }

  void SettleOne(const std::string& ref) {
    const auto& planned = plan_.At(ref);
    for (const auto& need : NeedsOf(planned, options_.ignore_gate)) {
      const auto state = StateOf(need);
      if (state == StageState::kFailed || state == StageState::kBlocked) {
        return Set(ref, StageState::kBlocked, WhyBlocked(plan_.At(need), board().at(need)));
      }
      if (state == StageState::kSkipped) {
        return Set(ref, StageState::kSkipped, board().at(need).why);
      }
    }
    if (IsShut(planned)) {
      Set(ref, StageState::kSkipped, "the attack failed: " + DescribeGate(store_, *planned.gate));
    }
  }

  // Whether it is known that the stage's gate does not pass.
  bool IsShut(const PlannedStage& planned) {
    if (!planned.gate || options_.ignore_gate) return false;
    const auto& gate = *planned.gate;
    if (StateOf(gate.teacher_evaluation) != StageState::kDone ||
        StateOf(gate.clean_evaluation) != StageState::kDone) {
      return false;
    }
    const auto [known, added] = gates_.try_emplace(gate.teacher_evaluation, false);
    if (added) known->second = !PassesOrIsRepaired(gate);
    return known->second;
  }

  bool PassesOrIsRepaired(const Gate& gate) try {
    return EvaluateGate(store_, gate).passed;
  } catch (const Error& e) {
    if (e.failure() != FailureClass::kIo || ++repairs_[gate.teacher_evaluation] > kMostRepairs ||
        !DiscardDamaged({gate.teacher_evaluation, gate.clean_evaluation})) {
      throw;
    }
    return repaired_ = true;
  }

  bool IsReady(const std::string& ref) {
    if (StateOf(ref) == StageState::kBusy) return Clock::now() >= look_again_.at(ref);
    if (StateOf(ref) != StageState::kWaiting) return false;
    const auto needs = NeedsOf(plan_.At(ref), options_.ignore_gate);
    return std::all_of(needs.begin(), needs.end(),
                       [this](const auto& need) { return StateOf(need) == StageState::kDone; });
  }

  void SubmitReady() {
    for (size_t slot = 0; slot < running_.size() && MaySubmit(); ++slot) {
      while (running_[slot].empty()) {
        Settle();  // no stage starts before its gate was looked at
        const auto ref = TakeReady();
        if (ref.empty()) return;
        if (IsWorthTrying(ref)) Submit(slot, ref);
      }
    }
  }

  // Stages that nobody works on go first.
  std::string TakeReady() {
    std::string busy;
    for (const auto& ref : order_) {
      if (!IsReady(ref)) continue;
      if (StateOf(ref) == StageState::kWaiting) return ref;
      if (busy.empty()) busy = ref;
    }
    return busy;
  }

  // Another runner may have finished it, or given it up, since we looked.
  bool IsWorthTrying(const std::string& ref) {
    if (store_.Has(ref)) {
      Set(ref, StageState::kDone);
      return false;
    }
    const auto failures = failures_.ReadAll(plan_.At(ref).stage.key());
    if (MayTry(failures, forgiven_[plan_.At(ref).stage.key()])) return true;
    const bool here = report_.attempts.contains(ref);
    const auto& last = failures.back();
    GiveUp(ref, here ? last.message : last.message + " (before; --retry-failed tries again)",
           last.failure);
    return false;
  }

  void Submit(size_t slot, const std::string& ref) {
    const auto& planned = plan_.At(ref);
    engine_.Submit(slot, {.stage = planned.stage,
                          .starts = planned.starts,
                          .store = store_.root().string(),
                          .data = options_.data.string(),
                          .limit_seconds = options_.limit_seconds,
                          .label = planned.label,
                          .facts = options_.facts});
    running_[slot] = ref;
    Set(ref, StageState::kRunning);
    observer_.Started(planned, engine_.slots()[slot]);
  }

  bool AnythingToWaitFor() const {
    const auto runs = [](const auto& ref) { return !ref.empty(); };
    if (std::any_of(running_.begin(), running_.end(), runs)) return true;
    return MaySubmit() && !look_again_.empty();
  }

  milliseconds Pause() const {
    auto pause = milliseconds(200);
    const bool slot_free = std::count(running_.begin(), running_.end(), "") > 0;
    if (!slot_free) return pause;
    for (const auto& [ref, at] : look_again_) {
      const auto left = std::chrono::ceil<milliseconds>(at - Clock::now());
      pause = std::clamp(left, milliseconds(1), pause);
    }
    return pause;
  }

  void Handle(const EngineEvent& event) {
    const std::string ref = running_.at(event.slot);
    const auto& planned = plan_.At(ref);
    if (!event.outcome) return observer_.Progressed(planned, event.progress);
    running_[event.slot].clear();
    auto outcome = *event.outcome;
    if (outcome.status == StageStatus::kDone && !store_.Has(ref)) {
      outcome.status = StageStatus::kFailed;
      outcome.message = "the stage says it is done, but the store does not have it";
    }
    if (outcome.status != StageStatus::kBusy) ++report_.attempts[ref];
    Conclude(ref, outcome, event.log_tail);
    observer_.Finished(planned, outcome);
  }

  void Conclude(const std::string& ref, const StageOutcome& outcome, const std::string& log_tail) {
    switch (outcome.status) {
      case StageStatus::kDone:
        return Succeed(ref, outcome);
      case StageStatus::kBusy:
        return LookAgain(ref);
      case StageStatus::kInterrupted:
        return Set(ref, StageState::kWaiting);
      case StageStatus::kFailed:
        return Fail(ref, outcome, log_tail);
    }
  }

  void Succeed(const std::string& ref, const StageOutcome& outcome) {
    Set(ref, StageState::kDone);
    report_.seconds[ref] = outcome.seconds;
    failures_.Clear(plan_.At(ref).stage.key());
  }

  void LookAgain(const std::string& ref) {
    auto& pause = busy_pauses_[ref];
    pause = std::clamp(2 * pause, options_.busy_pause, 4 * options_.busy_pause);
    Set(ref, StageState::kBusy, "another runner works on it");
    look_again_[ref] = Clock::now() + pause;
  }

  void Fail(const std::string& ref, const StageOutcome& outcome, const std::string& log_tail) {
    if (outcome.failure == FailureClass::kIo && Repair(ref)) return;
    const auto key = plan_.At(ref).stage.key();
    failures_.Record(key, {outcome.failure, outcome.message, log_tail});
    const bool often_lost =
        outcome.failure == FailureClass::kLost && report_.attempts[ref] >= kMostLost;
    if (!often_lost && MayTry(failures_.ReadAll(key), forgiven_[key])) {
      return Set(ref, StageState::kWaiting, outcome.message);
    }
    GiveUp(ref, outcome.message, outcome.failure);
  }

  void GiveUp(const std::string& ref, const std::string& why, FailureClass failure) {
    failed_ = true;
    Set(ref, StageState::kFailed, why, failure);
  }

  // If the stage failed because something it reads is damaged, that is computed again; the failure
  // is not the stage's.
  bool Repair(const std::string& ref) {
    const auto& planned = plan_.At(ref);
    auto inputs = planned.stage.Inputs();
    inputs.insert(inputs.end(), planned.starts.begin(), planned.starts.end());
    if (repairs_[ref] >= kMostRepairs || !DiscardDamaged(inputs)) return false;
    ++repairs_[ref];
    Set(ref, StageState::kWaiting);
    Refresh();
    return true;
  }

  bool DiscardDamaged(const std::vector<std::string>& refs) {
    bool any = false;
    for (const auto& ref : refs) {
      if (!Discard(ref)) continue;
      any = true;
      observer_.Note(fmt::format("{} is damaged: moved to {}, computed again where it is needed",
                                 ref, (store_.root() / "damaged").string()));
    }
    return any;
  }

  bool Discard(const std::string& ref) try {
    return store_.Discard(ref);
  } catch (const Error& e) {  // it cannot even be read: the stage's own failure says so
    spdlog::warn("{}", e.what());
    return false;
  }

  const Plan& plan_;
  Store& store_;
  Engine& engine_;
  const RunOptions& options_;
  Observer& observer_;
  const Failures failures_;
  const History history_;

  RunReport report_;
  std::vector<std::string> order_, in_plan_order_;       // not ended yet: by priority, by plan
  std::vector<std::string> running_;                     // ref per slot, empty = free
  std::map<std::string, Clock::time_point> look_again_;  // busy refs
  std::map<std::string, milliseconds> busy_pauses_;
  std::map<std::string, bool> gates_;       // by evaluation of the teacher: shut
  std::map<std::string, size_t> forgiven_;  // by key: failures from before
  std::map<std::string, int> repairs_;
  int stop_requests_ = 0;
  bool failed_ = false, dirty_ = true, repaired_ = false;
};

}  // namespace

size_t RunReport::Count(StageState state) const {
  return std::count_if(board.begin(), board.end(),
                       [&](const auto& stage) { return stage.second.state == state; });
}

int RunReport::ExitCode() const {
  if (interrupted) return 130;
  const bool failed = std::any_of(board.begin(), board.end(), [](const auto& stage) {
    return stage.second.state == StageState::kFailed &&
           stage.second.failure != FailureClass::kDiverged;
  });
  return failed ? 1 : 0;
}

std::optional<double> ExpectedSeconds(const PlannedStage& stage, const History& history) {
  return history.ExpectedSeconds(stage.label);
}

RunReport RunPlan(const Plan& plan, Store& store, Engine& engine, const RunOptions& options,
                  Observer& observer) {
  return Scheduler(plan, store, engine, options, observer).Run();
}

}  // namespace dfkd
