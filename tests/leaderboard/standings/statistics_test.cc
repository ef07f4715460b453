#include "leaderboard/standings/statistics.h"

#include <boost/test/unit_test.hpp>
#include <cmath>

namespace dfkd::statistics_test {

namespace tt = boost::test_tools;

BOOST_AUTO_TEST_CASE(wilson_intervals_equal_published_and_hand_computed_ones) {
  const auto half = Wilson(5, 10);  // 0.5 -+ 1.96 / sqrt(4 (10 + 1.96^2))
  BOOST_TEST(half.low == 0.236593, tt::tolerance(1e-5));
  BOOST_TEST(half.high == 0.763407, tt::tolerance(1e-5));
  const auto paper = Wilson(900, 9000);  // the size of CIFAR-10's ASR set: about 0.6 points
  BOOST_TEST(paper.low == 0.0939717, tt::tolerance(1e-5));
  BOOST_TEST(paper.high == 0.1063696, tt::tolerance(1e-5));
  const auto newcombe = Wilson(81, 263);  // Newcombe 1998: 0.2553 to 0.3662
  BOOST_TEST(newcombe.low == 0.2553, tt::tolerance(2e-4));
  BOOST_TEST(newcombe.high == 0.3662, tt::tolerance(2e-4));
}

BOOST_AUTO_TEST_CASE(wilson_intervals_have_a_width_at_the_ends) {
  const auto none = Wilson(0, 10), all = Wilson(10, 10);
  BOOST_TEST(none.low == 0.0);
  BOOST_TEST(none.high == 0.277533, tt::tolerance(1e-5));  // z^2 / (10 + z^2)
  BOOST_TEST(all.low == 1 - 0.277533, tt::tolerance(1e-5));
  BOOST_TEST(all.high == 1.0);
}

BOOST_AUTO_TEST_CASE(der_equals_the_vectors_of_its_papers) {
  BOOST_TEST(DefenseEffectiveness(1, 0, 0.9, 0.9) == 1.0);
  BOOST_TEST(DefenseEffectiveness(0.9, 0.9, 1, 0) == 0.0);
  BOOST_TEST(DefenseEffectiveness(0.9, 0.9, 0.9, 0.9) == 0.5);
  BOOST_TEST(DefenseEffectiveness(0.9379, 0.0163, 0.9182, 0.9221) == 0.9608, tt::tolerance(1e-9));
  BOOST_TEST(DefenseEffectiveness(0.9771, 0.8222, 0.9344, 0.9248) == 0.57265, tt::tolerance(1e-9));
  BOOST_TEST(DefenseEffectiveness(0.1, 0.9, 0.9, 0.95) ==
             0.5);  // getting worse is no negative gain
}

BOOST_AUTO_TEST_CASE(the_transfer_ratio_is_absent_without_a_backdoor) {
  BOOST_TEST(TransferRatio(0.45, 0.9).value() == 0.5);
  BOOST_TEST(!TransferRatio(0.1, 0).has_value());
}

BOOST_AUTO_TEST_CASE(mean_and_sd_over_seeds_are_the_sample_ones) {
  const auto three = Summarize({1, 2, 6});
  BOOST_TEST(three->count == 3);
  BOOST_TEST(three->mean == 3.0);
  BOOST_TEST(*three->sd == std::sqrt(7.0), tt::tolerance(1e-12));
  BOOST_TEST(!Summarize({4})->sd.has_value());
  BOOST_TEST(!Summarize({}).has_value());
}

}  // namespace dfkd::statistics_test
