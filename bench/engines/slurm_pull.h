// A worker of a plan on a cluster: claims ready stages of the shared store until nothing is left,
// its time is up, or it is told to go. Nobody tells it what to do; leases keep workers apart.
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "bench/engines/engine.h"
#include "bench/engines/scheduler.h"
#include "bench/engines/slurm_attempts.h"
#include "bench/engines/slurm_commands.h"
#include "bench/engines/slurm_jobs.h"

namespace dfkd {

// What the process was asked to do by signals.
enum class Asked {
  kNothing,
  // USR1, USR2: the time limit is near. Write a checkpoint, be started anew.
  kYield,
  // TERM, INT: it was cancelled or preempted. Write a checkpoint; who sent it knows what follows.
  kEnd,
};

// EX_TEMPFAIL: not at its end, to be started anew.
inline constexpr int kExitRequeue = 75;

// What is written down of a worker's start, from its first moment: the plan may take minutes to
// read, and these belong to the budget and to the time limit like all others.
class AttemptLog {
 public:
  using Clock = std::chrono::steady_clock;

  // Writes it down, which a full disk only makes a warning. `begun`: when `self` was asked for.
  AttemptLog(const SlurmJobs& jobs, slurm::Self self, WorkerSettings settings,
             Clock::time_point begun = Clock::now());

  const slurm::Self& self() const { return self_; }
  const WorkerSettings& settings() const { return settings_; }
  double Seconds() const;
  // Until the time limit; nullopt: there is none.
  std::optional<double> SecondsLeft() const;

  // To be written down.
  Attempt& attempt() { return attempt_; }
  void Write();
  // If it was not for a while.
  void Beat();
  void End(const std::string& why);

 private:
  void MeasureMemory();

  const SlurmJobs& jobs_;
  const slurm::Self self_;
  const WorkerSettings settings_;
  const Clock::time_point begun_;
  const std::string name_;  // of its file
  Attempt attempt_;
  Clock::time_point written_;
  std::optional<Clock::time_point> measured_;
};

struct PullEnd {
  int code = 0;
  std::string why;        // for people
  bool requeue = false;   // it should be started anew
  bool all_done = false;  // nothing of the plan is left that anybody may try
  bool bad_node = false;
  bool budget_spent = false;
};

// One stage at a time on the engine's slot. A stage is not begun if it would not end before the
// time limit, by what its like took before; one that keeps checkpoints may begin all the same.
// The attempt is written down once a minute. Exit codes: 0 all was done, or there was nothing to do
// for too long, or the budget is spent; 75 its time was up or it was told to go; 1 this node is not
// to be used, or it was started anew several times and came no further; 2 nothing can be written.
// Failures of stages are in the store and no failure of the worker.
PullEnd Pull(const Plan& plan, Store& store, Engine& engine, const SlurmJobs& jobs, AttemptLog& log,
             RunOptions options, const std::function<Asked()>& asked);

// Of a worker whose node is not to be believed (CompareCanary): it ends before its first stage, and
// the attempt says why.
PullEnd EndOfWrongNode(AttemptLog& log, const std::string& why);

// What follows from the end of a worker: it is started anew; waiting workers of the plan are
// cancelled when nothing is left to do or the budget is spent; where its node is bad, none of its
// array is started on any bad node, nor on those that the site excludes.
void Conclude(const PullEnd& end, const SlurmJobs& jobs, const AttemptLog& log);

// Whether stages of the kind keep checkpoints, so that time they had is not lost.
bool KeepsCheckpoints(const std::string& kind);

// What to ask for to run a stage of this label: what 95 of 100 like it took, and a third more;
// nullopt if none was measured.
std::optional<double> SecondsToAsk(const History& history, const std::string& label);

}  // namespace dfkd
