#include "bench/engines/inline_engine.h"

namespace dfkd {

using Clock = std::chrono::steady_clock;

InlineEngine::InlineEngine(RunStageFunction run, Slot slot)
    : run_(std::move(run)), slots_{std::move(slot)}, thread_([this] { Loop(); }) {}

InlineEngine::~InlineEngine() {
  stopping_ = true;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void InlineEngine::Submit(size_t slot, StageRequest request) {
  DFKD_CHECK(slot == 0 && !stopping_);
  request.device = slots_[0].device;
  request.threads = slots_[0].threads;
  {
    const std::lock_guard lock(mutex_);
    DFKD_CHECK(!next_);
    next_ = std::move(request);
  }
  changed_.notify_all();
}

std::optional<EngineEvent> InlineEngine::Wait(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, timeout, [this] { return !events_.empty(); });
  if (events_.empty()) return std::nullopt;
  auto event = std::move(events_.front());
  events_.pop_front();
  return event;
}

void InlineEngine::Loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ending_ || next_; });
    if (!next_ || ending_) return;
    const StageRequest request = *next_;
    lock.unlock();
    auto outcome = RunOne(request);
    lock.lock();
    next_.reset();
    events_.push_back({.outcome = std::move(outcome)});
    changed_.notify_all();
  }
}

StageOutcome InlineEngine::RunOne(const StageRequest& request) {
  const auto start = Clock::now();
  const auto too_late = [&] {
    return request.limit_seconds > 0 &&
           Clock::now() - start > std::chrono::duration<double>(request.limit_seconds);
  };
  const auto report = [this](const StageProgress& progress) { Report({.progress = progress}); };
  const auto stop = [&] { return stopping_ || too_late(); };
  auto outcome = run_(request, report, stop);
  if (outcome.status == StageStatus::kInterrupted && !stopping_ && too_late()) {
    outcome.status = StageStatus::kFailed;
    outcome.failure = FailureClass::kTimeout;
    outcome.message = fmt::format("took longer than the limit of {} s", request.limit_seconds);
  }
  outcome.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return outcome;
}

void InlineEngine::Report(EngineEvent event) {
  const std::lock_guard lock(mutex_);
  if (!events_.empty() && !events_.back().outcome) events_.pop_back();  // only the latest counts
  events_.push_back(std::move(event));
  changed_.notify_all();
}

}  // namespace dfkd
