#include "leaderboard/standings/ranking.h"

#include <boost/test/unit_test.hpp>

namespace dfkd::ranking_test {

namespace tt = boost::test_tools;
using Units = std::vector<Design::Unit>;

Units TeachersOf(int64_t teachers, size_t attacks = 1) {
  Units units;
  for (size_t attack = 0; attack < attacks; ++attack) {
    for (int64_t teacher = 0; teacher < teachers; ++teacher) units.push_back({attack, teacher});
  }
  return units;
}

// Holm 1979 by hand: 4 x 0.01, 3 x 0.02, 2 x 0.03 raised to the one before, 0.04.
BOOST_AUTO_TEST_CASE(holm_steps_down_and_never_below_the_step_before) {
  const std::vector<double> adjusted = Holm({0.03, 0.01, 0.04, 0.02}),
                            expected = {0.06, 0.04, 0.06, 0.06};
  for (size_t i = 0; i < expected.size(); ++i)
    BOOST_TEST(adjusted[i] == expected[i], tt::tolerance(1e-12));
  BOOST_TEST(Holm({0.9, 0.8})[0] == 1.0);
  BOOST_TEST(Holm({}).empty());
}

BOOST_AUTO_TEST_CASE(a_pair_is_taken_over_what_both_have_and_says_over_how_much) {
  const Units units = TeachersOf(4);
  const std::vector<Column> entrants = {{0.1, 0.2, 0.1, 0.2}, {0.5, std::nullopt, 0.5, 0.7}};
  const auto pairs = AllPairs(units, entrants);
  BOOST_TEST_REQUIRE(pairs.size() == 1U);
  BOOST_TEST(pairs[0].difference->cells == 3);
  BOOST_TEST(pairs[0].difference->mean == -1.3 / 3, tt::tolerance(1e-12));
  const auto none = AllPairs(units, {entrants[0], Column(4)});
  BOOST_TEST(!none[0].difference.has_value());
  BOOST_TEST(!none[0].p.has_value());
}

// a = b < c: told apart, d in between with a wide error.
std::vector<Column> Four() {
  return {{0.10, 0.11, 0.12, 0.11, 0.10},
          {0.11, 0.10, 0.12, 0.12, 0.10},
          {0.80, 0.82, 0.81, 0.79, 0.80},
          {0.20, 0.90, 0.10, 0.70, 0.05}};
}

std::vector<double> MeansOf(const std::vector<Column>& columns) {
  std::vector<double> means;
  for (const auto& column : columns) {
    double sum = 0;
    for (const auto& value : column) sum += *value;
    means.push_back(sum / static_cast<double>(column.size()));
  }
  return means;
}

BOOST_AUTO_TEST_CASE(ties_share_the_place_of_the_first_and_ranges_hold_what_is_possible) {
  const auto columns = Four();
  const auto pairs = AllPairs(TeachersOf(5), columns);
  const auto ranks = RanksOf(MeansOf(columns), pairs);
  const std::vector<size_t> order = {0, 1, 3, 2};
  const std::vector<int64_t> rank = {1, 1, 4, 1};
  BOOST_TEST(ranks.order == order, tt::per_element());
  BOOST_TEST(ranks.rank == rank, tt::per_element());
  BOOST_TEST(ranks.interval[0].low == 1);
  BOOST_TEST(ranks.interval[0].high == 3);  // better than the third for sure
  BOOST_TEST(ranks.interval[2].low == 3);
  BOOST_TEST(ranks.interval[2].high == 4);
  BOOST_TEST(ranks.interval[3].low == 1);
  BOOST_TEST(ranks.interval[3].high == 4);
}

// The first is so uneven that the third cannot be told apart from it; but from the second it can.
BOOST_AUTO_TEST_CASE(nobody_shares_the_first_rank_of_whom_another_is_proven_better) {
  const std::vector<Column> columns = {{0.00, 0.60, 0.00, 0.30, 0.00},
                                       {0.20, 0.21, 0.19, 0.20, 0.20},
                                       {0.40, 0.41, 0.39, 0.40, 0.41}};
  const auto ranks = RanksOf(MeansOf(columns), AllPairs(TeachersOf(5), columns));
  const std::vector<int64_t> rank = {1, 1, 2};
  BOOST_TEST(ranks.rank == rank, tt::per_element());
  BOOST_TEST(ranks.interval[2].low == 2);
}

BOOST_AUTO_TEST_CASE(without_p_values_nothing_is_told_apart) {
  const std::vector<Column> columns = {{0.1, 0.1}, {0.9, 0.9}};
  const auto ranks = RanksOf(MeansOf(columns), AllPairs(TeachersOf(2), columns));
  BOOST_TEST(ranks.rank[1] == 1);
  BOOST_TEST(ranks.interval[0].high == 2);
}

// The chance that a is lower than b is what their one-sided test says.
BOOST_AUTO_TEST_CASE(the_chance_to_be_best_of_two_is_that_of_their_test) {
  const Units units = TeachersOf(4);
  const std::vector<double> a = {0.10, 0.30, 0.22, 0.18}, b = {0.16, 0.28, 0.30, 0.20};
  const Design design(units);
  const auto chances = ChancesToBeBest(
      {{0.20, design.Contributions(a)}, {0.235, design.Contributions(b)}}, design.Degrees());
  const auto pairs = AllPairs(units, {Column(a.begin(), a.end()), Column(b.begin(), b.end())});
  BOOST_TEST(std::abs(chances[0] - (1 - *pairs[0].p / 2)) < 0.015);
  BOOST_TEST(chances[0] + chances[1] == 1.0, tt::tolerance(1e-9));
  const auto twins = ChancesToBeBest({{0.2, {0, 0, 0}}, {0.2, {0, 0, 0}}}, 2);
  BOOST_TEST(twins[0] == 0.5, tt::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(the_front_is_what_nobody_beats_in_all_measures) {
  const std::vector<bool> front = FrontOf({{0.1, -0.9, 5}, {0.1, -0.9, 6}, {0.3, -0.8, 1}});
  BOOST_TEST(front[0]);
  BOOST_TEST(!front[1]);  // as good and dearer
  BOOST_TEST(front[2]);   // cheaper
  const std::vector<bool> twins = FrontOf({{0.1, 1}, {0.1, 1}});
  BOOST_TEST((twins[0] && twins[1]));
}

BOOST_AUTO_TEST_CASE(who_is_surely_on_the_front_has_chance_one_and_who_is_beaten_none) {
  const Uncertain low{0.1, {0.001, -0.001, 0}}, high{0.9, {0.001, -0.001, 0}};
  const auto chances = ChancesToBeOnFront({{low, low}, {high, high}}, 2);
  BOOST_TEST(chances[0] > 0.99);
  BOOST_TEST(chances[1] < 0.01);
}

BOOST_AUTO_TEST_CASE(halves_agree_on_a_clear_winner_and_disagree_on_an_accident) {
  const Units units = TeachersOf(4, 2);
  const std::vector<double> clear(8, 0.1), other(8, 0.5);
  BOOST_TEST(SplitHalf(units, {clear, other}).value() == 1.0);
  // First by one lucky seed: in the half without it the other one is first.
  std::vector<double> lucky(8, 0.55);
  lucky[0] = lucky[4] = 0.1;
  BOOST_TEST(SplitHalf(units, {lucky, other}).value() == 0.0);
  BOOST_TEST(!SplitHalf(units, {clear}).has_value());
  BOOST_TEST(!SplitHalf(TeachersOf(1), {{0.1}, {0.2}}).has_value());
}

BOOST_AUTO_TEST_CASE(splits_of_many_seeds_are_drawn_and_the_same_every_time) {
  const Units units = TeachersOf(30);
  std::vector<double> a, b;
  for (int i = 0; i < 30; ++i) {
    a.push_back(0.3 + 0.01 * (i * 7 % 11));
    b.push_back(0.3 + 0.01 * (i * 5 % 11));
  }
  const auto once = SplitHalf(units, {a, b});
  BOOST_TEST(*once == *SplitHalf(units, {a, b}));
  BOOST_TEST((*once > 0 && *once < 1));
}

BOOST_AUTO_TEST_CASE(the_rank_on_a_further_attack_is_between_the_best_and_the_worst_seen) {
  const Units units = TeachersOf(3, 4);
  std::vector<double> a, b;
  for (int attack = 0; attack < 4; ++attack) {
    for (int teacher = 0; teacher < 3; ++teacher) {
      a.push_back(attack == 3 ? 0.9 : 0.1);
      b.push_back(0.5);
    }
  }
  const auto unseen = UnseenRanksOf(units, {a, b});
  BOOST_TEST(unseen.probability == 3.0 / 5, tt::tolerance(1e-12));
  BOOST_TEST(unseen.range[0].low == 1);
  BOOST_TEST(unseen.range[0].high == 2);
  const auto one = UnseenRanksOf(TeachersOf(3), {{1, 1, 1}, {2, 2, 2}});
  BOOST_TEST(one.probability == 0.0);
}

BOOST_AUTO_TEST_CASE(with_many_attacks_the_outermost_ranks_are_cut_at_95_percent) {
  const size_t attacks = 79;
  const Units units = TeachersOf(1, attacks);
  std::vector<double> a(attacks, 0.1), b(attacks, 0.5);
  a[7] = 0.9;  // one accident in 79: cut
  const auto unseen = UnseenRanksOf(units, {a, b});
  BOOST_TEST(unseen.probability == 0.95, tt::tolerance(1e-9));
  BOOST_TEST(unseen.range[0].high == 1);
}

}  // namespace dfkd::ranking_test
