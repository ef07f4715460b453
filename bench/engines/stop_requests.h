// How often somebody asked a run to stop.
#pragma once
#include <atomic>
#include <chrono>

namespace dfkd {

// One request may come as several signals: of a terminal that closes both the shell and the kernel
// tell, `timeout` tells its child and the whole group. What comes within a second of the first is
// the same request; only later ones say that a person does not want to wait for checkpoints.
class StopRequests {
 public:
  using Clock = std::chrono::steady_clock;

  // May be called by a signal handler, of several threads at once.
  void Hear(Clock::time_point now = Clock::now()) noexcept;
  int count() const noexcept { return count_; }

 private:
  std::atomic<Clock::rep> first_ = 0;  // 0: there was none
  std::atomic<int> count_ = 0;
};

}  // namespace dfkd
