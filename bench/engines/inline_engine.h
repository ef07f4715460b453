// Runs stages in this process, one at a time, in a thread of its own. For tests and debuggers: a
// crash ends the run, and a stage that never asks for `stop` cannot be ended.
#pragma once
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "bench/engines/engine.h"

namespace dfkd {

class InlineEngine : public Engine {
 public:
  explicit InlineEngine(RunStageFunction run, Slot slot = {});
  ~InlineEngine() override;

  const std::vector<Slot>& slots() const override { return slots_; }
  void Submit(size_t slot, StageRequest request) override;
  std::optional<EngineEvent> Wait(std::chrono::milliseconds timeout) override;
  void Stop() override { stopping_ = true; }
  void Kill() override { stopping_ = true; }

 private:
  void Loop();
  StageOutcome RunOne(const StageRequest& request);
  void Report(EngineEvent event);

  const RunStageFunction run_;
  const std::vector<Slot> slots_;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::optional<StageRequest> next_;
  std::deque<EngineEvent> events_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace dfkd
