#include "leaderboard/standings/design.h"

#include <boost/test/unit_test.hpp>
#include <cmath>

namespace dfkd::design_test {

namespace tt = boost::test_tools;
using Units = std::vector<Design::Unit>;

// Student 1908, extra hours of sleep of ten patients under two drugs: t = -4.0621, p = 0.00283.
BOOST_AUTO_TEST_CASE(students_sleep_data_give_his_interval_and_p_value) {
  const std::vector<double> differences = {-1.2, -2.4, -1.3, -1.3, 0, -1, -1.8, -0.8, -4.6, -1.4};
  Units units;
  for (int64_t patient = 0; patient < 10; ++patient) units.push_back({0, patient});
  const auto estimate = Design(units).MeanOf(differences);
  BOOST_TEST(estimate.mean == -1.58, tt::tolerance(1e-9));
  BOOST_TEST(*estimate.error == 0.388959, tt::tolerance(1e-5));
  BOOST_TEST(estimate.degrees == 9);
  BOOST_TEST(estimate.interval->low == -2.459886, tt::tolerance(1e-5));
  BOOST_TEST(estimate.interval->high == -0.700114, tt::tolerance(1e-5));
  BOOST_TEST(*PValue(estimate) == 0.00283289, tt::tolerance(1e-5));
}

BOOST_AUTO_TEST_CASE(fewer_than_three_teachers_have_a_mean_and_no_interval) {
  const auto two = Design({{0, 0}, {0, 1}}).MeanOf(std::vector{0.2, 0.4});
  BOOST_TEST(two.mean == 0.3, tt::tolerance(1e-12));
  BOOST_TEST(!two.interval.has_value());
  BOOST_TEST(!PValue(two).has_value());
  const Units one_attack_thin = {{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}};
  BOOST_TEST(!Design(one_attack_thin).MeanOf(std::vector<double>(5, 0.1)).interval.has_value());
}

// Ten students of one teacher are no ten experiments.
BOOST_AUTO_TEST_CASE(repeating_students_narrows_nothing) {
  Units once, thrice;
  std::vector<double> values, repeated;
  for (int64_t teacher = 0; teacher < 4; ++teacher) {
    once.push_back({0, teacher});
    values.push_back(0.1 * static_cast<double>(teacher * teacher));
    for (int i = 0; i < 3; ++i) {
      thrice.push_back({0, teacher});
      repeated.push_back(values.back());
    }
  }
  const auto a = Design(once).MeanOf(values), b = Design(thrice).MeanOf(repeated);
  BOOST_TEST(*a.error == *b.error, tt::tolerance(1e-12));
  BOOST_TEST(b.cells == 12);
  BOOST_TEST(b.teachers == 4);
}

BOOST_AUTO_TEST_CASE(attacks_and_teachers_weigh_alike_however_many_cells_they_have) {
  // Attack 0: teacher 0 with two students (0.1, 0.3), teacher 1 (0.6); attack 1: teacher 0 (0.9).
  const Design design(Units{{0, 0}, {0, 0}, {0, 1}, {1, 0}});
  const auto estimate = design.MeanOf(std::vector{0.1, 0.3, 0.6, 0.9});
  BOOST_TEST(estimate.mean == ((0.2 + 0.6) / 2 + 0.9) / 2, tt::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(a_mean_over_seeds_is_that_of_the_design_in_whatever_order_cells_come) {
  const std::vector<SeededValue> values = {
      {"b", 1, 0.6}, {"a", 0, 0.9}, {"b", 0, 0.1}, {"b", 0, 0.3}};
  BOOST_TEST(*MeanOverSeeds(values) == ((0.2 + 0.6) / 2 + 0.9) / 2, tt::tolerance(1e-12));
  const auto sig = std::vector<SeededValue>{{"sig", 0, 0.1}, {"sig", 0, 0.3}, {"sig", 7, 0.6}};
  BOOST_TEST(*MeanOverSeeds(sig) == 0.4, tt::tolerance(1e-12));
  BOOST_TEST(!MeanOverSeeds({}).has_value());
}

// What a seed does to one attack it may do to another: then two attacks are no more than one.
BOOST_AUTO_TEST_CASE(a_seed_that_moves_all_attacks_alike_is_one_cluster) {
  Units units;
  std::vector<double> values;
  for (size_t attack = 0; attack < 2; ++attack) {
    for (int64_t teacher = 0; teacher < 3; ++teacher) {
      units.push_back({attack, teacher});
      values.push_back(0.1 * static_cast<double>(teacher) + 0.5 * static_cast<double>(attack));
    }
  }
  const auto both = Design(units).MeanOf(values);
  BOOST_TEST(*both.error == 0.1 / std::sqrt(3.0), tt::tolerance(1e-12));
  for (size_t i = 3; i < 6; ++i) units[i].teacher_seed += 10;  // other seeds: independent
  const auto apart = Design(units).MeanOf(values);
  BOOST_TEST(*apart.error == 0.1 / std::sqrt(6.0), tt::tolerance(1e-12));
  BOOST_TEST(apart.teachers == 6);
}

BOOST_AUTO_TEST_CASE(no_mean_is_known_better_than_to_the_printed_digit) {
  const Units units = {{0, 0}, {0, 1}, {0, 2}};
  const auto equal = Design(units).MeanOf(std::vector{0.5, 0.5, 0.5});
  BOOST_TEST(*equal.error == 0.001 / std::sqrt(12.0), tt::tolerance(1e-12));
  const auto zero = Design(units).MeanOf(std::vector{0.0, 0.0, 0.0});
  BOOST_TEST(*PValue(zero) == 1.0);
}

BOOST_AUTO_TEST_CASE(the_worst_attack_is_named_and_its_interval_is_that_of_one_that_stands_alone) {
  Units units;
  std::vector<double> values;
  const double shift[] = {-0.02, 0.0, 0.02};
  for (const size_t attack : {3, 7}) {
    for (int64_t teacher = 0; teacher < 3; ++teacher) {
      units.push_back({attack, teacher});
      values.push_back((attack == 7 ? 0.8 : 0.1) + shift[teacher]);
    }
  }
  // The other one moves the other way, or their difference had no error.
  std::swap(values[0], values[2]);
  const auto worst = Design(units).WorstOf(values);
  BOOST_TEST(worst.stratum == 7U);
  BOOST_TEST(worst.mean == 0.8, tt::tolerance(1e-12));
  const double half = 4.302653 * 0.02 / std::sqrt(3.0);
  BOOST_TEST(worst.interval->low == 0.8 - half, tt::tolerance(1e-6));
  BOOST_TEST(worst.interval->high == 0.8 + half, tt::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(where_attacks_tie_the_worst_is_known_less_well_from_below) {
  Units units;
  std::vector<double> values;
  const double shift[] = {-0.02, 0.0, 0.02};
  for (size_t attack = 0; attack < 2; ++attack) {
    for (int64_t teacher = 0; teacher < 3; ++teacher) {
      units.push_back({attack, teacher});
      values.push_back(0.5 + shift[(teacher + static_cast<int64_t>(attack)) % 3]);
    }
  }
  const auto worst = Design(units).WorstOf(values);
  const double error = 0.02 / std::sqrt(3.0);
  BOOST_TEST(worst.interval->high == 0.5 + 4.302653 * error, tt::tolerance(1e-6));
  BOOST_TEST(worst.interval->low == 0.5 - 6.205347 * error, tt::tolerance(1e-6));  // 98.75 %
}

BOOST_AUTO_TEST_CASE(contributions_square_to_the_variance) {
  const Units units = {{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}, {1, 2}};
  const std::vector<double> values = {0.1, 0.4, 0.2, 0.9, 0.7, 0.3};
  const Design design(units);
  double squares = 0;
  for (const double c : design.Contributions(values)) squares += c * c;
  BOOST_TEST(std::sqrt(squares) == *design.MeanOf(values).error, tt::tolerance(1e-12));
}

}  // namespace dfkd::design_test
