// One warm worker process per slot. A crash, a hang or running out of memory costs one stage; the
// worker is replaced. Before a stage that ran out of memory is tried again, every worker of its
// device that is idle ends, so that none keeps memory beside it; who wants it alone on the device
// submits it when nothing else runs there.
#pragma once
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "bench/engines/engine.h"
#include "bench/engines/worker_process.h"

namespace dfkd {

struct LocalOptions {
  std::string program = "/proc/self/exe";  // the very program that runs, also if it was rebuilt
  // For the last checkpoint of a stage over its limit; then it is killed.
  std::chrono::milliseconds grace{20'000};
};

// Ignores SIGPIPE in this process: a worker may die while it is written to.
class LocalEngine : public Engine {
 public:
  explicit LocalEngine(std::vector<Slot> slots, LocalOptions options = {});
  ~LocalEngine() override;

  const std::vector<Slot>& slots() const override { return slots_; }
  void Submit(size_t slot, StageRequest request) override;
  std::optional<EngineEvent> Wait(std::chrono::milliseconds timeout) override;
  void Stop() override;
  void Kill() override;

 private:
  using Clock = std::chrono::steady_clock;
  enum class Ended { kByItself, kOverLimit, kStopped };
  struct Seat {
    std::unique_ptr<WorkerProcess> worker;
    std::optional<StageRequest> request;  // what it works on
    Clock::time_point since;
    std::optional<Clock::time_point> end_at, kill_at;
    Ended ended = Ended::kByItself;  // why it was told to end
    bool worn_out = false;           // the worker is not to be given another stage
  };

  void EndIdleWorkers(const std::string& device);
  void SendOrReplace(size_t slot, const Json& message);
  std::chrono::milliseconds UntilNextDeadline(std::chrono::milliseconds timeout) const;
  void EnforceLimits();
  bool Poll(std::chrono::milliseconds timeout);
  void Read(size_t slot);
  void Hear(size_t slot, const Json& message);
  void Bury(size_t slot);
  static void JudgeWorker(Seat& seat, StageOutcome& outcome);
  void Finish(size_t slot, StageOutcome outcome);

  const std::vector<Slot> slots_;
  const LocalOptions options_;
  std::vector<Seat> seats_;  // by slot
  std::deque<EngineEvent> events_;
  std::set<std::string> starved_;  // refs of stages that ran out of memory here
};

}  // namespace dfkd
