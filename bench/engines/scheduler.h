// Runs what a plan still needs: in a good order, several stages at once, over failures, damage and
// other runners on the same store.
#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "bench/engines/board.h"
#include "bench/engines/engine.h"
#include "bench/matrix/plan.h"
#include "bench/store/artifact_source.h"
#include "bench/store/history.h"
#include "bench/store/store.h"

namespace dfkd {

// Why a stage that could start now is left to other runners on the store; "" if it is not.
struct Leave {
  std::string why;
  bool every = false;  // it concerns every stage alike: no other needs to be asked about now
};

struct RunOptions {
  std::filesystem::path data;   // handed to the stages
  double limit_seconds = 0;     // of one stage; 0 = none
  bool fail_fast = false;       // submit nothing after the first stage that failed, not diverged
  bool retry_failed = false;    // what failed before this run is tried as if it had not
  bool ignore_gate = false;     // run what is behind a failed gate
  Json facts = Json::object();  // for the manifests
  // How often the user asked to stop: 1 = write checkpoints and end, more = end now.
  std::function<int()> stop_requests = [] { return 0; };
  // Asked before a stage starts, and again after a pause, as long as nobody has done the stage.
  std::function<Leave(StageId)> leaves = [](StageId) { return Leave(); };
  // Asked for every artifact of the plan that is missing, before anything is computed, and again
  // when it says so. Null: there is none. Must outlive the run.
  ArtifactSource* source = nullptr;
  // How long to leave a stage alone that somebody else works on; doubles up to four times this. As
  // long, but doubling up to 32 times, one of which what it read was gone, or whose process was
  // ended from outside: together more than a minute, in which every client of a file server sees
  // what others made. Meanwhile others run.
  std::chrono::milliseconds busy_pause{500};
  // Orders what is equally important (ByPriority): another number for each worker on a store.
  uint64_t worker = 0;
};

// Told what happens, from the thread that called RunPlan. All may be left out.
class Observer {
 public:
  virtual ~Observer() = default;
  // `board` stays valid and is up to date at every later call.
  virtual void Begin(const Plan&, const Board& /*board*/, const History&) {}
  // A stage stands otherwise than `before`; also before Begin, while the store is looked at.
  virtual void Changed(StageId, const StageView& /*before*/) {}
  virtual void Started(StageId, const Slot&) {}
  virtual void Progressed(StageId, const StageProgress&) {}
  virtual void Finished(StageId, const StageOutcome&) {}  // of every attempt
  // All that could start was looked at, and what can be started now has been.
  virtual void LookedAtAll() {}
  virtual void Note(const std::string& /*line*/) {}  // for people
  virtual void Tick() {}                             // a few times a second
};

struct RunReport {
  Board board;
  std::map<StageId, int> attempts;    // of what was tried here
  std::map<StageId, double> seconds;  // of what was done here
  size_t cached = 0;                  // stages of the plan that were there before any ran
  size_t fetched = 0;                 // stages that RunOptions::source brought
  bool interrupted = false;
  // Why the run ended although stages are left, e.g. a full disk; "" if it did not.
  std::string halted;

  size_t Count(StageState state) const;
  // 130 interrupted, 2 halted, 1 if a stage failed or waits for one that did, else 0. Divergence is
  // a result of science, as is a failed gate.
  int ExitCode() const;
};

// Returns when everything is done or cannot be done. What a stage failed of is recorded in the
// store, and cleared when it succeeds. Where nothing can be written any more (full, read-only), the
// run halts and no stage is blamed. A stage that ran out of memory beside others on its device is
// tried again alone before it counts as failed. Throws Error (io) if the store cannot be written or
// no stage can be started at all.
RunReport RunPlan(const Plan& plan, Store& store, Engine& engine, const RunOptions& options,
                  Observer& observer);

// Looks at every artifact of the plan, moves the damaged ones aside (Store::Discard), says how
// many. Reads all their files. Throws Error (io) where one cannot be read.
size_t DiscardDamaged(const Plan& plan, Store& store);

// What is expected of a stage: the median of its like, nullopt if none was measured.
std::optional<double> ExpectedSeconds(const PlannedStage& stage, const History& history);

}  // namespace dfkd
