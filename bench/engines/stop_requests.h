// How often somebody asked a run to stop, and the signals by which they do.
#pragma once
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>

namespace dfkd {

// Those that ask a program to end.
inline constexpr std::array<int, 3> kEndSignals = {SIGINT, SIGTERM, SIGHUP};

// From now on `handler` hears the signal; one that whoever started us had ignored (nohup) stays
// ignored. Returns what was done with it before.
struct sigaction Hear(int signal, void (*handler)(int));

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
