#include "bench/engines/local_engine.h"

#include <poll.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "bench/core/log.h"
#include "bench/store/reasons.h"

namespace dfkd {

using std::chrono::milliseconds;

LocalEngine::LocalEngine(std::vector<Slot> slots, LocalOptions options)
    : slots_(std::move(slots)), options_(std::move(options)), seats_(slots_.size()) {
  std::signal(SIGPIPE, SIG_IGN);
}

// All are told first, so that they end at the same time.
LocalEngine::~LocalEngine() {
  for (auto& seat : seats_) {
    if (seat.worker && seat.request) seat.worker->Signal(SIGTERM);
  }
  for (auto& seat : seats_) {
    if (seat.worker && seat.request) seat.worker->WaitFor(options_.grace);
  }
}

void LocalEngine::Submit(size_t slot, StageRequest request) {
  auto& seat = seats_.at(slot);
  DFKD_CHECK(!seat.request);
  request.device = slots_[slot].device;
  request.threads = slots_[slot].threads;
  if (starved_.contains(request.stage.ref)) EndIdleWorkers(request.device);
  SendOrReplace(slot, request.ToJson());
  seat.worker->BeginStage();
  seat.since = Clock::now();
  seat.ended = Ended::kByItself;
  seat.kill_at.reset();
  seat.end_at.reset();
  if (request.limit_seconds > 0) {
    seat.end_at = seat.since + std::chrono::duration_cast<Clock::duration>(
                                   std::chrono::duration<double>(request.limit_seconds));
  }
  seat.request = std::move(request);
}

// What an idle worker keeps, a GPU's context and caches, is missing beside it. All are told first.
void LocalEngine::EndIdleWorkers(const std::string& device) {
  std::vector<std::unique_ptr<WorkerProcess>> ending;
  for (size_t slot = 0; slot < seats_.size(); ++slot) {
    auto& seat = seats_[slot];
    if (!seat.worker || seat.request || slots_[slot].device != device) continue;
    seat.worker->Signal(SIGTERM);
    ending.push_back(std::move(seat.worker));
  }
}

// An idle worker may have died unnoticed. If the new one dies too, Wait sees it.
void LocalEngine::SendOrReplace(size_t slot, const Json& message) {
  auto& worker = seats_[slot].worker;
  if (std::exchange(seats_[slot].worn_out, false)) worker.reset();
  if (worker && worker->Send(message)) return;
  worker.reset();
  worker = std::make_unique<WorkerProcess>(options_.program, slots_[slot]);
  worker->Send(message);
}

std::optional<EngineEvent> LocalEngine::Wait(milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  while (events_.empty()) {
    EnforceLimits();
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    if (!Poll(UntilNextDeadline(std::max(left, milliseconds(0))))) return std::nullopt;
    if (events_.empty() && Clock::now() >= deadline) return std::nullopt;
  }
  auto event = std::move(events_.front());
  events_.pop_front();
  return event;
}

void LocalEngine::Stop() {
  for (auto& seat : seats_) {
    if (!seat.request || seat.ended != Ended::kByItself) continue;
    seat.ended = Ended::kStopped;
    seat.end_at.reset();
    seat.worker->Signal(SIGTERM);
  }
}

void LocalEngine::Kill() {
  for (auto& seat : seats_) {
    if (!seat.request) continue;
    seat.ended = Ended::kStopped;
    seat.worker->Signal(SIGKILL);
  }
}

milliseconds LocalEngine::UntilNextDeadline(milliseconds timeout) const {
  for (const auto& seat : seats_) {
    for (const auto& at : {seat.end_at, seat.kill_at}) {
      if (!seat.request || !at) continue;
      const auto left = std::chrono::ceil<milliseconds>(*at - Clock::now());
      timeout = std::clamp(left, milliseconds(0), timeout);
    }
  }
  return timeout;
}

void LocalEngine::EnforceLimits() {
  const auto now = Clock::now();
  for (auto& seat : seats_) {
    if (!seat.request) continue;
    if (seat.end_at && now >= *seat.end_at) {
      seat.ended = Ended::kOverLimit;
      seat.end_at.reset();
      seat.kill_at = now + options_.grace;
      seat.worker->Signal(SIGTERM);
    }
    if (seat.kill_at && now >= *seat.kill_at) {
      seat.kill_at.reset();
      seat.worker->Signal(SIGKILL);
    }
  }
}

// False if a signal interrupted the wait.
bool LocalEngine::Poll(milliseconds timeout) {
  std::vector<pollfd> polls;
  for (const auto& seat : seats_) {
    polls.push_back({seat.worker ? seat.worker->out() : -1, POLLIN, 0});
    polls.push_back({seat.worker ? seat.worker->log() : -1, POLLIN, 0});
  }
  const int ready = ::poll(polls.data(), polls.size(), static_cast<int>(timeout.count()));
  if (ready < 0) return false;
  for (size_t slot = 0; slot < seats_.size(); ++slot) {
    if (polls[2 * slot + 1].revents != 0) seats_[slot].worker->ReadLog();
    if (polls[2 * slot].revents != 0) Read(slot);
  }
  return true;
}

void LocalEngine::Read(size_t slot) {
  auto& worker = *seats_[slot].worker;
  for (const auto& message : worker.ReadMessages()) Hear(slot, message);
  if (seats_[slot].worker && worker.out() < 0) Bury(slot);
}

void LocalEngine::Hear(size_t slot, const Json& message) {
  if (!seats_[slot].request) return;
  if (message.contains("progress")) {
    const auto& progress = message["progress"];
    events_.push_back({slot, {progress.at("done"), progress.at("total")}});
  } else if (message.contains("outcome")) {
    Finish(slot, StageOutcome::FromJson(message["outcome"]));
  }
}

// The worker is dead or dying. What it worked on ends with it.
void LocalEngine::Bury(size_t slot) {
  auto& seat = seats_[slot];
  const bool ended = seat.worker->WaitFor(milliseconds(1000));
  const auto end = seat.worker->End();
  if (!ended) spdlog::warn("a worker closed its channel and did not end: killed");
  if (seat.request) Finish(slot, {StageStatus::kFailed, end.failure, end.message});
  seat.worker.reset();
}

// An error of a GPU stays for as long as the process does: it is a crash that did not end it.
// Memory that ran out is given back by the end of the process alone, caches of allocators included.
void LocalEngine::JudgeWorker(Seat& seat, StageOutcome& outcome) {
  if (outcome.status != StageStatus::kFailed) return;
  const bool broken = store::LeavesDeviceUnusable(outcome.message);
  if (broken && outcome.failure == FailureClass::kError) outcome.failure = FailureClass::kCrash;
  seat.worn_out = broken || outcome.failure == FailureClass::kMemory;
}

void LocalEngine::Finish(size_t slot, StageOutcome outcome) {
  auto& seat = seats_[slot];
  const bool done = outcome.status == StageStatus::kDone;
  if (seat.ended == Ended::kOverLimit && !done) {
    outcome = {StageStatus::kFailed, FailureClass::kTimeout,
               fmt::format("took longer than the limit of {} s", seat.request->limit_seconds)};
  }
  const bool died =
      outcome.failure == FailureClass::kLost || outcome.failure == FailureClass::kCrash;
  if (seat.ended == Ended::kStopped && outcome.status == StageStatus::kFailed && died) {
    outcome.status = StageStatus::kInterrupted;
  }
  JudgeWorker(seat, outcome);
  if (outcome.status == StageStatus::kFailed && outcome.failure == FailureClass::kMemory)
    starved_.insert(seat.request->stage.ref);
  outcome.seconds = std::chrono::duration<double>(Clock::now() - seat.since).count();
  seat.worker->ReadLog();
  seat.request.reset();
  events_.push_back({slot, {}, std::move(outcome), seat.worker->log_tail()});
}

}  // namespace dfkd
