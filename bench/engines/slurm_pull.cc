#include "bench/engines/slurm_pull.h"

#include <algorithm>
#include <utility>

#include "bench/core/hash.h"
#include "bench/core/log.h"
#include "bench/engines/machine.h"
#include "bench/engines/peak_memory.h"
#include "bench/engines/slurm_run.h"
#include "bench/store/artifact_source.h"
#include "bench/store/disk.h"

namespace dfkd {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kMost = 0.95;         // of the stages that are alike
constexpr double kAskMore = 1.3;       // of what most stages took
constexpr double kLateShare = 0.25;    // of the time: nothing unmeasured begins in it
constexpr int kMostIdleRestarts = 3;   // without getting any further
constexpr double kBudgetSeconds = 30;  // between looks at what all spent
constexpr double kMeasureSeconds = 1;  // between looks at the memory of processes

bool IsOfNode(FailureClass failure) {
  using enum FailureClass;
  return failure == kCrash || failure == kMemory || failure == kIo;
}

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Watches a run as its only observer, and ends it.
class Puller : public Observer {
 public:
  Puller(const Plan& plan, const SlurmJobs& jobs, AttemptLog& log,
         const std::function<Asked()>& asked)
      : plan_(plan),
        jobs_(jobs),
        asked_(asked),
        settings_(log.settings()),
        log_(log),
        attempt_(log.attempt()) {
    bad_node_ = IsBadNode();
  }

  // A reason to stop; "" to go on.
  const std::string& MustEnd() {
    if (!why_.empty()) return why_;
    const auto asked = asked_();
    if (asked == Asked::kEnd) return End("told to go", kExitRequeue);
    if (asked == Asked::kYield) return Yield("its time is nearly up");
    if (const auto left = log_.SecondsLeft(); left && *left < settings_.lead_seconds)
      return Yield("its time is nearly up");
    if (bad_node_) return End(attempt_.node + " is not used any more", 1);
    budget_spent_ = running_ == 0 && over_budget_;
    if (budget_spent_) return End("the budget is spent", 0);
    if (nothing_fits_) return Yield("what is left takes longer than its time");
    if (running_ == 0 && SecondsSince(idle_since_) > settings_.idle_seconds)
      return End("nothing to do for too long", 0);
    return why_;
  }

  // Why this worker leaves the stage to others, if it does.
  Leave Leaves(StageId id) {
    if (BudgetIsSpent()) {
      over_budget_ = true;
      return {"the budget is spent", true};
    }
    if (Fits(plan_.At(id))) return {};
    too_late_ = true;
    return {"it takes longer than the time that this worker has left"};
  }

  // `nothing_is_open`: whether the plan is over for everybody; asked if it is over for this worker.
  PullEnd Finish(const RunReport& report, const std::function<bool()>& nothing_is_open) {
    if (!report.halted.empty()) return Close({2, report.halted});
    if (why_.empty()) return Close({.why = "nothing is left to do", .all_done = nothing_is_open()});
    if (requeue_ && !progressed_ && attempt_.restarts >= kMostIdleRestarts) {
      return Close({1, fmt::format("{}, and it came no further although it was started {} times",
                                   why_, attempt_.restarts + 1)});
    }
    return Close({code_, why_, requeue_, false, bad_node_, budget_spent_});
  }

  void Begin(const Plan&, const Board&, const History& history) override { history_ = &history; }
  void Started(StageId, const Slot&) override { ++running_; }
  void Progressed(StageId, const StageProgress& progress) override {
    if (first_done_ < 0) first_done_ = progress.done;
    progressed_ |= progress.done > first_done_;
  }
  void Finished(StageId id, const StageOutcome& outcome) override {
    --running_;
    if (outcome.status == StageStatus::kBusy) return;  // no news
    idle_since_ = Clock::now(), first_done_ = -1;
    over_budget_ = too_late_ = nothing_fits_ = false;  // looked at anew
    if (outcome.status == StageStatus::kDone) {
      progressed_ = true;
      ++attempt_.stages, attempt_.failed.clear();
      log_.Write();
    } else if (outcome.status == StageStatus::kFailed && IsOfNode(outcome.failure)) {
      const auto& planned = plan_.At(id);
      attempt_.failed.push_back(
          {planned.stage.key(), outcome.failure, outcome.seconds, planned.label});
      log_.Write();
      bad_node_ = IsBadNode();
    }
    spdlog::info("{}: {} {}", plan_.At(id).title, Name(outcome.status), outcome.message);
  }
  void Note(const std::string& line) override { spdlog::info("{}", line); }
  // A shorter stage may have been found behind the one that was left.
  void LookedAtAll() override { nothing_fits_ = running_ == 0 && too_late_; }
  void Tick() override { log_.Beat(); }

 private:
  const std::string& End(const std::string& why, int code) {
    code_ = code;
    return why_ = why;
  }
  const std::string& Yield(const std::string& why) {
    requeue_ = true;
    return End(why, kExitRequeue);
  }

  // Before the last moment, at which a checkpoint is written.
  bool Fits(const PlannedStage& planned) const {
    const auto left = log_.SecondsLeft();
    if (!left) return true;
    const double lead = settings_.lead_seconds;
    if (KeepsCheckpoints(planned.stage.kind)) return *left > 2 * lead;
    if (const auto asked = SecondsToAsk(*history_, planned.label)) return *left - lead > *asked;
    return *left > kLateShare * *log_.self().seconds_left;
  }

  bool BudgetIsSpent() {
    if (settings_.budget.empty()) return false;
    if (looked_at_budget_ && SecondsSince(*looked_at_budget_) < kBudgetSeconds) return over_;
    looked_at_budget_ = Clock::now();
    return over_ = IsSpent(settings_.budget, ReadAttempts(jobs_));
  }

  bool IsBadNode() const { return BadNodes(ReadAttempts(jobs_)).contains(attempt_.node); }

  PullEnd Close(const PullEnd& end) {
    log_.End(end.why);
    return end;
  }

  const Plan& plan_;
  const SlurmJobs& jobs_;
  const std::function<Asked()>& asked_;
  const WorkerSettings& settings_;
  AttemptLog& log_;
  Attempt& attempt_;
  const History* history_ = nullptr;
  Clock::time_point idle_since_ = Clock::now();
  std::optional<Clock::time_point> looked_at_budget_;
  int running_ = 0, code_ = 0;
  int64_t first_done_ = -1;  // where the running stage was when it was first heard of
  bool over_ = false;        // the budget, when it was last looked at
  bool over_budget_ = false, too_late_ = false, nothing_fits_ = false, bad_node_ = false;
  bool requeue_ = false, progressed_ = false, budget_spent_ = false;
  std::string why_;
};

// The same for each start of a task, and for no two tasks.
uint64_t NumberOf(const slurm::Self& worker) {
  return std::stoull(Sha256Hex(worker.task).substr(0, 16), nullptr, 16);
}

// By the store and by who seems alive, this worker among them.
bool NothingIsOpen(const Plan& plan, Store& store, const SlurmJobs& jobs, bool ignore_gate) try {
  return CountOpen(plan, ReadBoard(plan, store, ignore_gate, PlacesOf(ReadAttempts(jobs))),
                   jobs.Outstanding()) == 0;
} catch (const std::exception& e) {  // whoever looks next may be able to tell
  spdlog::warn("{}", e.what());
  return false;
}

std::vector<std::string> NodesToAvoid(const SlurmJobs& jobs, const AttemptLog& log) {
  auto bad = BadNodes(ReadAttempts(jobs));
  bad.insert(log.self().node);
  std::vector<std::string> nodes(bad.begin(), bad.end());
  if (const auto& own = log.settings().exclude; !own.empty()) nodes.push_back(own);
  return nodes;
}

// What whoever filed the workers was not able to fetch: it is computed, although all that was made
// from it may be there.
class Unfetched final : public ArtifactSource {
 public:
  explicit Unfetched(std::vector<std::string> refs) : refs_(std::move(refs)) {}
  size_t Fetch(const std::vector<std::string>&,
               const std::function<bool(const SourceProgress&)>&) override {
    return 0;
  }
  std::vector<std::string> Outstanding() const override { return refs_; }
  std::optional<std::chrono::steady_clock::time_point> AskAgain() const override {
    return std::nullopt;
  }

 private:
  const std::vector<std::string> refs_;
};

Attempt BeginningOf(const slurm::Self& self, const WorkerSettings& settings) {
  return {.task = self.task,
          .node = self.node,
          .machine = KindOfMachine({{settings.device, settings.threads}}),
          .restarts = self.restarts,
          .gpus = self.gpus == 0 && settings.device != "cpu" ? 1 : self.gpus,
          .cpus = self.cpus,
          .waited_seconds = self.seconds_waited,
          .process = store::OwnRecord(),
          .begun = store::UtcNow()};
}

}  // namespace

AttemptLog::AttemptLog(const SlurmJobs& jobs, slurm::Self self, WorkerSettings settings,
                       Clock::time_point begun)
    : jobs_(jobs),
      self_(std::move(self)),
      settings_(std::move(settings)),
      begun_(begun),
      name_(fmt::format("{}.{}-{}", self_.task, self_.restarts, store::NewToken())),
      attempt_(BeginningOf(self_, settings_)) {
  Write();
}

double AttemptLog::Seconds() const { return SecondsSince(begun_); }

std::optional<double> AttemptLog::SecondsLeft() const {
  if (!self_.seconds_left) return std::nullopt;
  return *self_.seconds_left - Seconds();
}

void AttemptLog::Write() try {
  attempt_.seconds = Seconds();
  MeasureMemory();
  written_ = Clock::now();
  WriteAttempt(jobs_, name_, attempt_);
} catch (const Error& e) {
  spdlog::warn("{}", e.what());
}

// Every process of the machine is looked at: not after each of many short stages.
void AttemptLog::MeasureMemory() {
  if (measured_ && SecondsSince(*measured_) < kMeasureSeconds) return;
  measured_ = Clock::now();
  attempt_.peak_bytes = std::max(attempt_.peak_bytes, PeakBytesOfProcesses());
}

void AttemptLog::Beat() {
  if (SecondsSince(written_) > kBeatSeconds) Write();
}

void AttemptLog::End(const std::string& why) {
  attempt_.ended = why;
  Write();
}

bool KeepsCheckpoints(const std::string& kind) { return kind == "teacher" || kind == "distill"; }

std::optional<double> SecondsToAsk(const History& history, const std::string& label) {
  const auto most = history.SecondsOfMost(label, kMost);
  return most ? std::optional(kAskMore * *most) : std::nullopt;
}

PullEnd Pull(const Plan& plan, Store& store, Engine& engine, const SlurmJobs& jobs, AttemptLog& log,
             RunOptions options, const std::function<Asked()>& asked) {
  Puller puller(plan, jobs, log, asked);
  options.stop_requests = [&] { return puller.MustEnd().empty() ? 0 : 1; };
  options.leaves = [&](StageId id) { return puller.Leaves(id); };
  options.worker = NumberOf(log.self());
  Unfetched unfetched(jobs.Outstanding());
  if (options.source == nullptr) options.source = &unfetched;
  return puller.Finish(RunPlan(plan, store, engine, options, puller),
                       [&] { return NothingIsOpen(plan, store, jobs, options.ignore_gate); });
}

PullEnd EndOfWrongNode(AttemptLog& log, const std::string& why) {
  log.attempt().canary = why;
  log.End(why);
  return {.code = 1, .why = why, .bad_node = true};
}

void Conclude(const PullEnd& end, const SlurmJobs& jobs, const AttemptLog& log) {
  spdlog::info("the worker ends: {}", end.why);
  if (end.all_done || end.budget_spent) slurm::CancelWaiting(jobs.name());
  if (log.self().job.empty()) return;  // nobody to be told
  if (end.bad_node) slurm::KeepAway(log.self().job, NodesToAvoid(jobs, log));
  if (!end.requeue) return;
  const auto refused = slurm::Requeue(log.self().task);
  if (!refused.empty()) spdlog::warn("not started anew: {}", refused);
}

}  // namespace dfkd
