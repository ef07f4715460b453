#include "bench/engines/stop_requests.h"

namespace dfkd {
namespace {

constexpr std::chrono::steady_clock::duration kOneRequest = std::chrono::seconds(1);

}  // namespace

static_assert(std::atomic<StopRequests::Clock::rep>::is_always_lock_free &&
              std::atomic<int>::is_always_lock_free);

void StopRequests::Hear(Clock::time_point now) noexcept {
  const auto at = now.time_since_epoch().count();
  Clock::rep first = 0;
  if (first_.compare_exchange_strong(first, at) || at - first >= kOneRequest.count()) ++count_;
}

}  // namespace dfkd
