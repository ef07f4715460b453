#include "bench/engines/slurm_pull.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "bench/core/log.h"
#include "bench/engines/machine.h"
#include "bench/store/disk.h"

namespace dfkd {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kAskMore = 1.3;       // of what most stages took
constexpr double kLateShare = 0.25;    // of the time: nothing unmeasured begins in it
constexpr int kMostIdleRestarts = 3;   // without getting any further
constexpr double kBudgetSeconds = 30;  // between looks at what all spent

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
        settings_(jobs.ReadSettings()),
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
    if (bad_node_) return End("stages fail at once on " + attempt_.node, 1);
    budget_spent_ = running_ == 0 && over_budget_;
    if (budget_spent_) return End("the budget is spent", 0);
    if (running_ == 0 && too_late_) return Yield("what is left takes longer than its time");
    if (running_ == 0 && SecondsSince(idle_since_) > settings_.idle_seconds)
      return End("nothing to do for too long", 0);
    return why_;
  }

  // Why this worker leaves the stage to others; "" if it does not.
  std::string Leaves(StageId id) {
    if (BudgetIsSpent()) return over_budget_ = true, "the budget is spent";
    if (Fits(plan_.At(id))) return "";
    too_late_ = true;
    return "it takes longer than the time that this worker has left";
  }

  PullEnd Finish(const RunReport& report) {
    if (!report.halted.empty()) return Close({2, report.halted});
    if (why_.empty())
      return Close({.why = "nothing is left to do", .all_done = report.ExitCode() == 0});
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
    over_budget_ = too_late_ = false;  // looked at anew
    if (outcome.status == StageStatus::kDone) {
      progressed_ = true;
      ++attempt_.stages, attempt_.failed.clear();
      log_.Write();
    } else if (outcome.status == StageStatus::kFailed && IsOfNode(outcome.failure)) {
      attempt_.failed.push_back({plan_.At(id).stage.key(), outcome.failure, outcome.seconds});
      log_.Write();
      bad_node_ = IsBadNode();
    }
    spdlog::info("{}: {} {}", plan_.At(id).title, Name(outcome.status), outcome.message);
  }
  void Note(const std::string& line) override { spdlog::info("{}", line); }
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
  const WorkerSettings settings_;
  AttemptLog& log_;
  Attempt& attempt_;
  const History* history_ = nullptr;
  Clock::time_point idle_since_ = Clock::now();
  std::optional<Clock::time_point> looked_at_budget_;
  int running_ = 0, code_ = 0;
  int64_t first_done_ = -1;  // where the running stage was when it was first heard of
  bool over_ = false;        // the budget, when it was last looked at
  bool over_budget_ = false, too_late_ = false, bad_node_ = false;
  bool requeue_ = false, progressed_ = false, budget_spent_ = false;
  std::string why_;
};

Attempt BeginningOf(const slurm::Self& self, const WorkerSettings& settings) {
  return {.task = self.task,
          .node = self.node,
          .machine = KindOfMachine({{settings.device, settings.threads}}),
          .restarts = self.restarts,
          .gpus = self.gpus == 0 && settings.device != "cpu" ? 1 : self.gpus,
          .cpus = self.cpus,
          .process = store::OwnRecord(),
          .begun = store::UtcNow()};
}

}  // namespace

AttemptLog::AttemptLog(const SlurmJobs& jobs, slurm::Self self, const WorkerSettings& settings,
                       Clock::time_point begun)
    : jobs_(jobs),
      self_(std::move(self)),
      begun_(begun),
      name_(fmt::format("{}.{}-{}", self_.task, self_.restarts, store::NewToken())),
      attempt_(BeginningOf(self_, settings)) {
  Write();
}

double AttemptLog::Seconds() const { return SecondsSince(begun_); }

std::optional<double> AttemptLog::SecondsLeft() const {
  if (!self_.seconds_left) return std::nullopt;
  return *self_.seconds_left - Seconds();
}

void AttemptLog::Write() try {
  attempt_.seconds = Seconds();
  written_ = Clock::now();
  WriteAttempt(jobs_, name_, attempt_);
} catch (const Error& e) {
  spdlog::warn("{}", e.what());
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
  std::vector<double> seconds;
  for (const auto& line : history.lines()) {
    if (line.label == label && line.seconds > 0) seconds.push_back(line.seconds);
  }
  if (seconds.empty()) return std::nullopt;
  const auto rank = static_cast<size_t>(std::ceil(0.95 * static_cast<double>(seconds.size()))) - 1;
  std::nth_element(seconds.begin(), seconds.begin() + static_cast<ptrdiff_t>(rank), seconds.end());
  return kAskMore * seconds[rank];
}

PullEnd Pull(const Plan& plan, Store& store, Engine& engine, const SlurmJobs& jobs, AttemptLog& log,
             RunOptions options, const std::function<Asked()>& asked) {
  Puller puller(plan, jobs, log, asked);
  options.stop_requests = [&] { return puller.MustEnd().empty() ? 0 : 1; };
  options.leaves = [&](StageId id) { return puller.Leaves(id); };
  return puller.Finish(RunPlan(plan, store, engine, options, puller));
}

void Conclude(const PullEnd& end, const SlurmJobs& jobs, const slurm::Self& self) {
  spdlog::info("the worker ends: {}", end.why);
  if (end.all_done || end.budget_spent) slurm::CancelWaiting(jobs.name());
  if (end.bad_node) slurm::KeepAway(self.job, self.node);
  if (!end.requeue) return;
  const auto refused = slurm::Requeue(self.task);
  if (!refused.empty()) spdlog::warn("not started anew: {}", refused);
}

}  // namespace dfkd
