#include "bench/engines/stop_requests.h"

namespace dfkd {
namespace {

constexpr std::chrono::steady_clock::duration kOneRequest = std::chrono::seconds(1);

}  // namespace

struct sigaction Hear(int signal, void (*handler)(int)) {
  struct sigaction action {
  }, before{};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;  // a stage may be reading a file
  ::sigaction(signal, nullptr, &before);
  if (before.sa_handler != SIG_IGN) ::sigaction(signal, &action, nullptr);
  return before;
}

static_assert(std::atomic<StopRequests::Clock::rep>::is_always_lock_free &&
              std::atomic<int>::is_always_lock_free);

void StopRequests::Hear(Clock::time_point now) noexcept {
  const auto at = now.time_since_epoch().count();
  Clock::rep first = 0;
  if (first_.compare_exchange_strong(first, at) || at - first >= kOneRequest.count()) ++count_;
}

}  // namespace dfkd
