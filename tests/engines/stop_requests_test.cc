#include "bench/engines/stop_requests.h"

#include <boost/test/unit_test.hpp>
#include <vector>

namespace dfkd::stop_requests_test {

using std::chrono::milliseconds;

int CountOf(const std::vector<int>& times) {
  StopRequests requests;
  const auto begin = StopRequests::Clock::now();
  for (const int time : times) requests.Hear(begin + milliseconds(time));
  return requests.count();
}

BOOST_AUTO_TEST_SUITE(stop_requests)

BOOST_AUTO_TEST_CASE(several_signals_at_once_are_one_request) {
  BOOST_TEST(CountOf({}) == 0);
  BOOST_TEST(CountOf({0}) == 1);
  BOOST_TEST(CountOf({0, 0, 5, 900}) == 1);
}

BOOST_AUTO_TEST_CASE(a_second_request_comes_a_second_later) {
  BOOST_TEST(CountOf({0, 1000}) == 2);
  BOOST_TEST(CountOf({0, 5, 3000}) == 2);
}

volatile std::sig_atomic_t signals_heard = 0;

BOOST_AUTO_TEST_CASE(a_signal_that_was_ignored_before_stays_ignored) {
  const auto listen = [] { return Hear(SIGUSR2, [](int) { signals_heard = signals_heard + 1; }); };
  const auto before = std::signal(SIGUSR2, SIG_IGN);
  listen();
  ::raise(SIGUSR2);
  BOOST_TEST(signals_heard == 0);
  std::signal(SIGUSR2, SIG_DFL);
  BOOST_TEST((listen().sa_handler == SIG_DFL));
  ::raise(SIGUSR2);
  BOOST_TEST(signals_heard == 1);
  std::signal(SIGUSR2, before);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::stop_requests_test
