// What a text with separators is split into.
#include "bench/core/split.h"

#include <boost/test/unit_test.hpp>

namespace dfkd::split_test {

namespace tt = boost::test_tools;

using Parts = std::vector<std::string>;

BOOST_AUTO_TEST_CASE(what_stands_between_separators_is_a_part) {
  BOOST_TEST(SplitAt("clp,abd,sr", ',') == (Parts{"clp", "abd", "sr"}), tt::per_element());
  BOOST_TEST(SplitAt("clp+abd", '+') == (Parts{"clp", "abd"}), tt::per_element());
  BOOST_TEST(SplitAt("clp+abd", ',') == (Parts{"clp+abd"}), tt::per_element());
  BOOST_TEST(SplitAt("0.49, 0.48 ", ',') == (Parts{"0.49", " 0.48 "}), tt::per_element());
}

BOOST_AUTO_TEST_CASE(there_is_one_part_more_than_separators_and_some_are_empty) {
  BOOST_TEST(SplitAt("", ',') == (Parts{""}), tt::per_element());
  BOOST_TEST(SplitAt(",", ',') == (Parts{"", ""}), tt::per_element());
  BOOST_TEST(SplitAt("a,", ',') == (Parts{"a", ""}), tt::per_element());
  BOOST_TEST(SplitAt(",a,,b", ',') == (Parts{"", "a", "", "b"}), tt::per_element());
}

}  // namespace dfkd::split_test
