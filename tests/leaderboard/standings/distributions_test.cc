#include "leaderboard/standings/distributions.h"

#include <boost/test/unit_test.hpp>
#include <limits>

namespace dfkd::distributions_test {

namespace tt = boost::test_tools;

BOOST_AUTO_TEST_CASE(quantiles_and_probabilities_of_t_are_those_of_the_tables) {
  BOOST_TEST(StudentQuantile(0.975, 2) == 4.302653, tt::tolerance(1e-6));
  BOOST_TEST(StudentQuantile(0.975, 10) == 2.228139, tt::tolerance(1e-6));
  BOOST_TEST(StudentQuantile(0.5, 3) == 0.0);
  BOOST_TEST(StudentTwoSided(4.302653, 2) == 0.05, tt::tolerance(1e-6));
  BOOST_TEST(StudentTwoSided(-2.228139, 10) == 0.05, tt::tolerance(1e-6));
  BOOST_TEST(StudentTwoSided(0, 5) == 1.0);
  BOOST_TEST(StudentTwoSided(std::numeric_limits<double>::infinity(), 5) == 0.0);
}

// Noncentralities worked out with SciPy; 3.15 is G*Power's effect of 0.996 for ten pairs.
BOOST_AUTO_TEST_CASE(detectable_effects_are_those_of_the_noncentral_t) {
  BOOST_TEST(DetectableErrors(0.05, 0.8, 2) == 5.653489, tt::tolerance(1e-5));
  BOOST_TEST(DetectableErrors(0.05, 0.8, 9) == 3.149636, tt::tolerance(1e-5));
  BOOST_TEST(DetectableErrors(0.0125, 0.8, 4) == 5.538272, tt::tolerance(1e-5));
}

// 34 pairs for half a standard deviation is in every textbook; the others by SciPy.
BOOST_AUTO_TEST_CASE(so_many_pairs_find_an_effect_as_the_noncentral_t_says) {
  BOOST_TEST(UnitsToDetect(0.05, 0.8, 0.5) == 34);
  BOOST_TEST(UnitsToDetect(0.05, 0.8, 1) == 10);
  BOOST_TEST(UnitsToDetect(0.05, 0.8, 0.05) == 3142);
  BOOST_TEST(UnitsToDetect(0.05 / 28, 0.8, 0.2) == 398);
}

}  // namespace dfkd::distributions_test
