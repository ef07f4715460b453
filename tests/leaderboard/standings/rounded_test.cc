#include "leaderboard/standings/rounded.h"

#include <boost/test/unit_test.hpp>
#include <limits>

namespace dfkd::rounded_test {

BOOST_AUTO_TEST_CASE(what_differs_in_the_last_bits_is_written_alike) {
  BOOST_TEST(Rounded(0.1 + 0.2).dump() == "0.3");
  BOOST_TEST(Rounded(-1e-17).dump() == "0.0");
  BOOST_TEST(Rounded(0.12345678).dump() == "0.123457");
  BOOST_TEST(Rounded(std::nullopt).is_null());
  BOOST_TEST(Rounded(std::numeric_limits<double>::infinity()).is_null());
  BOOST_TEST(Rounded(1e303).is_null());  // a million times it is infinite
}

BOOST_AUTO_TEST_CASE(a_small_p_value_is_not_zero) {
  BOOST_TEST(RoundedP(1.23456e-9).dump() == "1.235e-09");
  BOOST_TEST(RoundedP(std::nullopt).is_null());
}

BOOST_AUTO_TEST_CASE(an_interval_is_its_two_ends) {
  BOOST_TEST(RoundedRange(Interval{0.25, 1}).dump() == "[0.25,1.0]");
  BOOST_TEST(RoundedRange(std::nullopt).is_null());
}

}  // namespace dfkd::rounded_test
