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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::stop_requests_test
