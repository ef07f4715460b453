#include "bench/engines/scheduler.h"

#include <algorithm>
#include <set>
#include <utility>

#include "bench/engines/blame.h"
#include "bench/engines/bring.h"
#include "bench/engines/machine.h"
#include "bench/engines/order.h"
#include "bench/engines/ready_queue.h"
#include "bench/engines/revisits.h"
#include "bench/matrix/gate.h"
#include "bench/store/failures.h"
#include "bench/store/inventory.h"
#include "bench/store/reasons.h"
#include "bench/store/work.h"

namespace dfkd {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kMostRepairs = 3;   // of one stage's inputs: a disk that keeps damaging files
constexpr int kMostLost = 10;     // in one run: more is no bad luck
constexpr int kLongestRest = 32;  // after one was lost, in pauses (RunOptions::busy_pause)

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
        here_(PlaceOnThisHost(KindOfMachine(engine.slots()))),
        queue_(plan, options.ignore_gate),
        running_(engine.slots().size(), kNoStage),
        had_company_(engine.slots().size()),
        has_failures_(plan.stages.size()) {
    board().resize(plan.stages.size());
  }

  RunReport Run() {
    Refresh();
    SweepLeftovers();
    report_.cached = report_.Count(StageState::kDone);
    observer_.Begin(plan_, board(), history_);
    SayWhatIsGone();
    while (true) {
      HearStopRequests();
      AskAgain();
      EndRests();
      SubmitReady();
      Settle();
      if (!AnythingToWaitFor() && !OthersMadeWhatFailed()) break;
      if (auto event = engine_.Wait(Pause())) Handle(*event);
      observer_.Tick();
    }
    report_.interrupted = stop_requests_ > 0;
    return std::move(report_);
  }

 private:
  Board& board() { return report_.board; }
  StageState StateOf(StageId id) { return board().at(id).state; }
  void Set(StageId id, StageState state, std::string why = "",
           FailureClass failure = FailureClass::kError) {
    const auto before = std::exchange(board().at(id), {state, std::move(why), failure});
    if (state != StageState::kBusy) revisits_.Forget(id), rests_.Forget(id);
    queue_.Changed(id, before.state, state);
    observer_.Changed(id, before);
  }

  void SweepLeftovers() {
    std::set<std::string> done;
    for (StageId id = 0; id < plan_.stages.size(); ++id) {
      if (StateOf(id) == StageState::kDone) done.insert(KeyOf(id));
    }
    SweepWork(store_.root(), [&](const std::string& key) { return done.contains(key); });
  }

  // What is needed, by what the store holds now.
  void Refresh() {
    if (options_.source != nullptr) {
      report_.fetched += BringMissing(
          plan_, store_, *options_.source, [this] { return IsToStopMeanwhile(); },
          [this](const std::string& line) { observer_.Note(line); });
    }
    std::vector<bool> there(plan_.stages.size());
    Inventory inventory(store_);
    for (StageId id = 0; id < there.size(); ++id) there[id] = inventory.Has(plan_.Ref(id));
    for (StageId id = 0; id < there.size(); ++id) Reconsider(id, there[id], inventory);
    auto needed = NeededStages(plan_, [&](StageId id) { return there[id]; });
    if (options_.source != nullptr)
      AddOutstanding(plan_, options_.source->Outstanding(), there, needed);
    queue_.Reset(ByPriority(plan_, needed, history_, options_.ignore_gate, options_.worker),
                 board());
    gates_.clear();
  }

  // While a source is asked, which may take hours, nobody else hears what stages say; their pipes
  // would fill, and they would wait.
  bool IsToStopMeanwhile() {
    if (NothingRuns()) return options_.stop_requests() > 0;
    HearStopRequests();
    while (const auto event = engine_.Wait(milliseconds(0))) Handle(*event);
    observer_.Tick();
    return stop_requests_ > 0;
  }

  // Where something was out of reach, a while later.
  void AskAgain() {
    if (options_.source == nullptr || !MaySubmit()) return;
    const auto due = options_.source->AskAgain();
    if (due && Clock::now() >= *due) Refresh();
  }

  void Reconsider(StageId id, bool there, Inventory& inventory) {
    const auto state = StateOf(id);
    if (there && state != StageState::kDone) Set(id, StageState::kDone);
    if (!there && (state == StageState::kDone || MayWaitAgain(id))) Set(id, StageState::kWaiting);
    if (options_.retry_failed && !forgiven_.contains(id))
      forgiven_[id] = inventory.HasFailures(KeyOf(id)) ? failures_.ReadAll(KeyOf(id)).size() : 0;
  }

  // Blocked or skipped, for a reason that is gone. The gate of its own is looked at anew.
  bool MayWaitAgain(StageId id) {
    const auto state = StateOf(id);
    return (state == StageState::kBlocked || state == StageState::kSkipped) &&
           !WaitsInVain(plan_.At(id), board(), options_.ignore_gate);
  }

  // Before the end: what failed here may have gone well elsewhere, and others wait for it.
  bool OthersMadeWhatFailed() {
    bool any = false;
    for (StageId id = 0; id < plan_.stages.size() && MaySubmit(); ++id) {
      if (StateOf(id) != StageState::kFailed || !store_.Has(plan_.Ref(id))) continue;
      Set(id, StageState::kDone);
      any = true;
    }
    if (any) Refresh();
    return any;
  }

  std::string KeyOf(StageId id) const { return plan_.At(id).stage.key(); }

  void SayWhatIsGone() {
    for (StageId id = 0; id < plan_.stages.size(); ++id) {
      if (StateOf(id) == StageState::kDone || !history_.WasPublished(plan_.Ref(id))) continue;
      observer_.Note(
          fmt::format("{}: published earlier and deleted since; {}", plan_.At(id).title,
                      queue_.IsNeeded(id) ? "computed again" : "nothing needs it at present"));
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

  bool MaySubmit() const {
    return stop_requests_ == 0 && report_.halted.empty() && !(options_.fail_fast && failed_);
  }

  // Passes failures and closed gates on to what waits for them, and lets those start that nothing
  // is in the way of.
  void Settle() {
    do {
      for (auto id = queue_.TakeUnsettled(); id != kNoStage; id = queue_.TakeUnsettled()) {
        if (StateOf(id) == StageState::kWaiting) SettleOne(id);
      }
      if (!std::exchange(repaired_, false)) return;
      Refresh();
    } while (true);
  }

  void SettleOne(StageId id) {
    const auto& planned = plan_.At(id);
    for (const auto need : NeedsOf(planned, options_.ignore_gate)) {
      const auto state = StateOf(need);
      if (state == StageState::kFailed || state == StageState::kBlocked) {
        const auto& view = board().at(need);
        return Set(id, StageState::kBlocked, WhyBlocked(plan_.At(need), view), view.failure);
      }
      if (state == StageState::kSkipped) {
        return Set(id, StageState::kSkipped, board().at(need).why);
      }
    }
    if (const auto why = WhyShut(planned); !why.empty()) return Set(id, StageState::kSkipped, why);
    if (queue_.NeedsAreDone(id) && !alone_.contains(id)) queue_.MayStart(id);
  }

  // Why the stage's gate does not pass; "" as long as that is not known.
  std::string WhyShut(const PlannedStage& planned) {
    if (!planned.gate || options_.ignore_gate) return "";
    const auto& gate = *planned.gate;
    if (StateOf(gate.teacher_evaluation) != StageState::kDone ||
        StateOf(gate.clean_evaluation) != StageState::kDone ||
        StateOf(gate.Judged()) != StageState::kDone) {
      return "";
    }
    const auto [known, added] = gates_.try_emplace(gate.teacher_evaluation);
    if (added && !PassesOrIsRepaired(gate))
      known->second = "the attack failed: " + DescribeGate(store_, plan_, gate);
    return known->second;
  }

  bool PassesOrIsRepaired(const Gate& gate) try {
    return EvaluateGate(store_, plan_, gate).passed;
  } catch (const Error& e) {
    if (e.failure() != FailureClass::kIo || ++repairs_[gate.teacher_evaluation] > kMostRepairs ||
        !DiscardDamaged({gate.teacher_evaluation, gate.clean_evaluation, gate.Judged()})) {
      throw;
    }
    return repaired_ = true;
  }

  void SubmitReady() {
    if (NothingRuns()) runs_alone_ = false;
    for (size_t slot = 0; slot < running_.size() && MaySubmit() && !runs_alone_; ++slot) {
      while (running_[slot] == kNoStage) {
        Settle();  // no stage starts before its gate was looked at
        const auto id = NextToTry();
        if (id == kNoStage) return LookedAtAll();
        if (IsWorthTrying(id) && SubmitUnlessLeft(slot, id)) return;
        if (running_[slot] == kNoStage && IsToStopOnTheWay()) return;
      }
    }
  }

  // Whether no other stage needs to be looked at now. Where others are, who holds a stage is seen
  // without the lock over all leases, which a worker would take to hear the same.
  bool SubmitUnlessLeft(size_t slot, StageId id) {
    const auto leave = options_.leaves(id);
    if (!leave.why.empty()) {
      Postpone(id, leave.why, revisits_);
    } else if (const auto holder = others_here_ ? HolderOf(id) : std::nullopt) {
      LookAgain(id, holder);
    } else {
      Submit(slot, id);
    }
    return leave.every;
  }

  // A worker near its end may leave thousands of stages, each of which costs a look at the disk.
  bool IsToStopOnTheWay() {
    observer_.Tick();
    HearStopRequests();
    return !MaySubmit();
  }

  void LookedAtAll() {
    SubmitAlone();
    observer_.LookedAtAll();
  }

  // What ran out of memory beside others goes last, when nothing else can run.
  void SubmitAlone() {
    while (NothingRuns() && !alone_.empty()) {
      const auto [id, slot] = *alone_.begin();
      alone_.erase(alone_.begin());
      if (StateOf(id) != StageState::kWaiting || !queue_.NeedsAreDone(id)) continue;
      if (IsWorthTrying(id)) Submit(slot, id), runs_alone_ = true;
    }
  }

  bool NothingRuns() const {
    return std::all_of(running_.begin(), running_.end(), [](StageId id) { return id == kNoStage; });
  }

  // Stages that nobody works on go first.
  StageId NextToTry() const {
    const auto ready = queue_.First();
    return ready != kNoStage ? ready : revisits_.MostImportantDue(queue_, Clock::now());
  }

  // Another runner may have finished it, or given it up, since we looked.
  bool IsWorthTrying(StageId id) {
    if (store_.Has(plan_.Ref(id))) {
      Set(id, StageState::kDone);
      return false;
    }
    const auto failures = failures_.ReadAll(KeyOf(id));
    has_failures_[id] = !failures.empty();
    if (MayTry(failures, forgiven_[id], &here_)) return true;
    const bool here = report_.attempts.contains(id);
    const auto& last = failures.back();
    GiveUp(id, here ? last.message : last.message + " (before; --retry-failed tries again)",
           last.failure);
    return false;
  }

  void Submit(size_t slot, StageId id) {
    const auto& planned = plan_.At(id);
    engine_.Submit(slot, {.stage = planned.stage,
                          .starts = plan_.Refs(planned.starts),
                          .store = store_.root().string(),
                          .data = options_.data.string(),
                          .limit_seconds = options_.limit_seconds,
                          .label = planned.label,
                          .facts = options_.facts});
    running_[slot] = id;
    MarkCompany(slot);
    Set(id, StageState::kRunning);
    observer_.Started(id, engine_.slots()[slot]);
  }

  // Stages on one device share its memory.
  void MarkCompany(size_t slot) {
    had_company_[slot] = false;
    for (size_t other = 0; other < running_.size(); ++other) {
      const bool beside = other != slot && running_[other] != kNoStage &&
                          engine_.slots()[other].device == engine_.slots()[slot].device;
      if (beside) had_company_[slot] = had_company_[other] = true;
    }
  }

  bool AnythingToWaitFor() const {
    return !NothingRuns() ||
           (MaySubmit() && !(revisits_.empty() && rests_.empty() && alone_.empty()));
  }

  milliseconds Pause() const {
    const auto longest = milliseconds(200);
    const bool slot_free = std::count(running_.begin(), running_.end(), kNoStage) > 0;
    auto pause = longest;
    for (const auto& soonest : {revisits_.Soonest(), rests_.Soonest()}) {
      if (!slot_free || !soonest) continue;
      const auto left = std::chrono::ceil<milliseconds>(*soonest - Clock::now());
      pause = std::min(pause, std::max(left, milliseconds(1)));
    }
    return pause;
  }

  void Handle(const EngineEvent& event) {
    const auto id = running_.at(event.slot);
    if (!event.outcome) return observer_.Progressed(id, event.progress);
    running_[event.slot] = kNoStage;
    auto outcome = *event.outcome;
    if (outcome.status == StageStatus::kDone && !store_.Has(plan_.Ref(id))) {
      outcome.status = StageStatus::kFailed;
      outcome.message = "the stage says it is done, but the store does not have it";
    }
    if (outcome.status != StageStatus::kBusy) ++report_.attempts[id];
    Conclude(event.slot, id, outcome, event.log_tail);
    observer_.Finished(id, outcome);
  }

  void Conclude(size_t slot, StageId id, const StageOutcome& outcome, const std::string& log_tail) {
    switch (outcome.status) {
      case StageStatus::kDone:
        return Succeed(id, outcome);
      case StageStatus::kBusy:
        return LookAgain(id, HolderOf(id));
      case StageStatus::kInterrupted:
        return Set(id, StageState::kWaiting);
      case StageStatus::kFailed:
        return Fail(slot, id, outcome, log_tail);
    }
  }

  void Succeed(StageId id, const StageOutcome& outcome) {
    Set(id, StageState::kDone);
    report_.seconds[id] = outcome.seconds;
    if (has_failures_[id]) failures_.Clear(KeyOf(id));
  }

  void Postpone(StageId id, const std::string& why, Revisits& until) {
    Set(id, StageState::kBusy, why);
    until.Postpone(id, Clock::now());
    const bool waits = NothingRuns() && queue_.First() == kNoStage;
    if (waits && told_.insert(id).second)
      observer_.Note(fmt::format("{}: {}; looked at again later", plan_.At(id).title, why));
  }

  // What was lost, a while ago: whoever mends it, or tells of it as a file server, needs time. It
  // has its place in the queue again.
  void EndRests() {
    for (auto id = DueRest(); id != kNoStage; id = DueRest())
      Set(id, StageState::kWaiting, std::string(board().at(id).why));
  }
  StageId DueRest() const { return rests_.MostImportantDue(queue_, Clock::now()); }

  std::optional<std::string> HolderOf(StageId id) const {
    return DescribeLease(WorkFolder(store_.root(), KeyOf(id)));
  }

  void LookAgain(StageId id, const std::optional<std::string>& holder) {
    others_here_ = true;
    Postpone(id, "another runner works on it" + (holder ? ": " + *holder : ""), revisits_);
  }

  void Fail(size_t slot, StageId id, const StageOutcome& outcome, const std::string& log_tail) {
    if (store::ConcernsEveryStage(outcome.failure, outcome.message))
      return Halt(id, outcome.message);
    if (outcome.failure == FailureClass::kIo && Repair(id)) return;
    if (outcome.failure == FailureClass::kMemory && had_company_[slot]) return RunLater(id, slot);
    const bool moved = WasInMotion(store_, outcome);
    const auto failure = moved ? FailureClass::kLost : outcome.failure;
    const auto key = KeyOf(id);
    failures_.Record(key, {failure, outcome.message, log_tail, here_.machine});
    has_failures_[id] = true;
    const bool often_lost = failure == FailureClass::kLost && report_.attempts[id] >= kMostLost;
    if (!often_lost && MayTry(failures_.ReadAll(key), forgiven_[id], &here_)) {
      if (failure == FailureClass::kLost) return Postpone(id, outcome.message, rests_);
      return Set(id, StageState::kWaiting, outcome.message);
    }
    GiveUp(id, outcome.message, failure);
  }

  // No stage could do better: the others are told to end, and none is blamed.
  void Halt(StageId id, const std::string& why) {
    Set(id, StageState::kWaiting, why);
    if (!report_.halted.empty()) return;
    report_.halted = why;
    observer_.Note(fmt::format(
        "stopping: {}; no stage is blamed, with that mended the same command continues", why));
    engine_.Stop();
  }

  void RunLater(StageId id, size_t slot) {
    alone_[id] = slot;
    Set(id, StageState::kWaiting, "ran out of memory beside others");
    observer_.Note(plan_.At(id).title + ": ran out of memory beside others; tried again alone");
  }

  void GiveUp(StageId id, const std::string& why, FailureClass failure) {
    failed_ |= failure != FailureClass::kDiverged;
    Set(id, StageState::kFailed, why, failure);
  }

  // If the stage failed because something it reads is damaged or gone, that is computed again; the
  // failure is not the stage's.
  bool Repair(StageId id) {
    const auto& planned = plan_.At(id);
    auto inputs = planned.inputs;
    inputs.insert(inputs.end(), planned.starts.begin(), planned.starts.end());
    if (repairs_[id] >= kMostRepairs) return false;
    const bool gone = std::any_of(inputs.begin(), inputs.end(), [this](StageId input) {
      return StateOf(input) == StageState::kDone && !store_.Has(plan_.Ref(input));
    });
    if (!DiscardDamaged(inputs) && !gone) return false;
    ++repairs_[id];
    Set(id, StageState::kWaiting);
    Refresh();
    return true;
  }

  bool DiscardDamaged(const std::vector<StageId>& ids) {
    return MoveDamagedAside(store_, plan_.Refs(ids),
                            [this](const std::string& line) { observer_.Note(line); });
  }

  const Plan& plan_;
  Store& store_;
  Engine& engine_;
  const RunOptions& options_;
  Observer& observer_;
  const Failures failures_;
  const History history_;
  const Place here_;

  RunReport report_;
  ReadyQueue queue_;
  std::vector<StageId> running_;     // per slot, kNoStage = free
  std::vector<bool> had_company_;    // per slot: another stage ran on its device
  std::vector<bool> has_failures_;   // per stage, when it was last looked at
  std::map<StageId, size_t> alone_;  // ran out of memory beside others, in that slot
  bool runs_alone_ = false;
  Revisits revisits_{options_.busy_pause};             // busy ones
  Revisits rests_{options_.busy_pause, kLongestRest};  // lost ones
  std::set<StageId> told_;  // that somebody else works on them, and nothing else is to do
  std::map<StageId, std::string> gates_;  // by evaluation of the teacher: why shut, or ""
  std::map<StageId, size_t> forgiven_;    // failures from before
  std::map<StageId, int> repairs_;
  int stop_requests_ = 0;
  bool failed_ = false, repaired_ = false, others_here_ = options_.worker != 0;
};

}  // namespace

RunReport RunPlan(const Plan& plan, Store& store, Engine& engine, const RunOptions& options,
                  Observer& observer) {
  return Scheduler(plan, store, engine, options, observer).Run();
}

}  // namespace dfkd
