// What a table and its answer say beside the ranks.
#include "leaderboard/standings/headline.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "leaderboard/standings/distributions.h"
#include "tests/leaderboard/standings/by_teacher.h"
#include "tests/leaderboard/toy.h"

namespace dfkd::headline_test {

namespace tt = boost::test_tools;

const AsrByDefense kClear = {{"none", {0.80, 0.81, 0.82, 0.80, 0.81}},
                             {"abd", {0.10, 0.11, 0.12, 0.10, 0.11}},
                             {"harm", {0.95, 0.96, 0.97, 0.96, 0.96}},
                             {"sv", {0.40, 0.41, 0.42, 0.40, 0.42}}};

// Of these, abd lacks a cell.
std::vector<Score> WithoutOneOfAbd() {
  auto scores = ScoresUnder({"a", "b", "c"}, kClear);
  for (auto& score : scores) {
    const auto& cell = score.cell;
    if (cell.defense != "abd" || cell.attack != "b" || cell.teacher_seed != 2) continue;
    score.status = Status::kDiverged, score.reason = "the loss was not finite";
    score.student.reset();
  }
  return scores;
}

BOOST_AUTO_TEST_CASE(who_is_proven_to_have_a_higher_asr_than_none_is_named) {
  const auto standings = StandingsIn(ScoresUnder({"a"}, kClear));
  const auto headline = HeadlineOf(standings);
  BOOST_TEST((headline.worse == std::vector<std::string>{"harm"}));
  const auto harmless =
      StandingsIn(ScoresUnder({"a"}, {{"none", {0.8, 0.5, 0.7}}, {"x", {0.81, 0.5, 0.7}}}));
  BOOST_TEST(HeadlineOf(harmless).worse.empty());
}

BOOST_AUTO_TEST_CASE(one_missing_cell_hides_no_winner) {
  const auto standings = StandingsIn(WithoutOneOfAbd());
  const auto headline = HeadlineOf(standings);
  BOOST_TEST_REQUIRE(headline.best.size() == 1U);
  BOOST_TEST(headline.best[0]->defense == "sv");
  BOOST_TEST_REQUIRE(headline.apart.size() == 1U);
  BOOST_TEST(headline.apart[0].row->defense == "abd");
  BOOST_TEST(headline.apart[0].row->cells == 14);
  BOOST_TEST(headline.apart[0].proven);
  BOOST_TEST(headline.apart[0].difference == -0.302, tt::tolerance(0.01));
  const auto complete = StandingsIn(ScoresUnder({"a", "b", "c"}, kClear));
  BOOST_TEST(HeadlineOf(complete).apart.empty());
}

BOOST_AUTO_TEST_CASE(who_is_ranked_apart_and_higher_than_the_first_is_not_named) {
  auto scores = WithoutOneOfAbd();
  for (auto& score : scores) {
    if (score.cell.defense == "abd" && score.student) *score.student->asr += 0.4;
  }
  const auto standings = StandingsIn(scores);
  BOOST_TEST(RowOf(standings, "abd").rank_apart.value() == 2);
  BOOST_TEST(HeadlineOf(standings).apart.empty());
}

// A mean that is lower than that of the first by chance alone.
BOOST_AUTO_TEST_CASE(who_is_apart_and_lower_by_chance_is_named_only_if_it_helps) {
  const auto apart_of = [](const std::vector<double>& by_teacher) {
    auto scores = WithoutOneOfAbd();
    for (auto& score : scores) {
      if (score.cell.defense == "abd" && score.student)
        score.student->asr = by_teacher.at(static_cast<size_t>(score.cell.teacher_seed));
    }
    const auto standings = StandingsIn(scores);
    std::vector<std::pair<std::string, bool>> apart;
    for (const auto& [row, difference, proven] : HeadlineOf(standings).apart) {
      BOOST_TEST(difference < 0);
      apart.emplace_back(row->defense, proven);
    }
    return apart;
  };
  BOOST_TEST(apart_of({0.05, 0.75, 0.05, 0.75, 0.30}).empty());
  BOOST_TEST((apart_of({0.30, 0.45, 0.35, 0.46, 0.40}) ==
              std::vector<std::pair<std::string, bool>>{{"abd", false}}));
}

BOOST_AUTO_TEST_CASE(who_collapsed_is_proven_to_be_better_than_nobody) {
  auto scores = ScoresUnder({"a"}, kClear);
  BOOST_TEST(ProvenBetter(StandingsIn(scores), "abd", "none"));
  for (auto& score : scores) {
    if (score.cell.defense == "abd" && score.cell.teacher_seed == 1)
      score.validity.push_back("utility_collapse");
  }
  const auto standings = StandingsIn(scores);
  BOOST_TEST(ProvenLower(standings, "abd", "none"));
  BOOST_TEST(!ProvenBetter(standings, "abd", "none"));
  BOOST_TEST(ProvenBetter(standings, "sv", "none"));
}

BOOST_AUTO_TEST_CASE(who_is_lower_than_the_first_and_has_no_rank_for_a_collapse_is_named) {
  auto scores = ScoresUnder({"a"}, kClear);
  for (auto& score : scores) {
    if (score.cell.defense == "abd" && score.cell.teacher_seed == 1)
      score.validity.push_back("utility_collapse");
  }
  const auto standings = StandingsIn(scores);
  const auto headline = HeadlineOf(standings);
  BOOST_TEST_REQUIRE(headline.best.size() == 1U);
  BOOST_TEST(headline.best[0]->defense == "sv");
  BOOST_TEST((headline.proven == std::vector<std::string>{"sv"}));
  BOOST_TEST_REQUIRE(headline.collapsed.size() == 1U);
  BOOST_TEST(headline.collapsed[0].row->defense == "abd");
  BOOST_TEST(headline.collapsed[0].row->collapsed == 1);
  BOOST_TEST(headline.collapsed[0].difference == -0.302, tt::tolerance(1e-9));
  BOOST_TEST(headline.collapsed[0].proven);
  auto few = scores;
  std::erase_if(few, [](const Score& score) { return score.cell.teacher_seed > 1; });
  const auto of_few = StandingsIn(few);
  BOOST_TEST_REQUIRE(HeadlineOf(of_few).collapsed.size() == 1U);
  BOOST_TEST(!HeadlineOf(of_few).collapsed[0].proven);
  for (auto& score : scores) {
    if (score.cell.defense == "abd") *score.student->asr += 0.4;
  }
  const auto higher = StandingsIn(scores);
  BOOST_TEST(HeadlineOf(higher).collapsed.empty());
}

// --- what costs nothing

// With a defence as the KD loss at this temperature.
std::vector<Score> AtTemperature(std::vector<Score> scores, const std::string& defense,
                                 double temperature) {
  for (auto& score : scores) {
    if (score.cell.defense != defense) continue;
    auto& entry = score.entries.at("defense");
    entry.plugin = "temperature", entry.options = {{"temperature", temperature}};
  }
  return scores;
}

BOOST_AUTO_TEST_CASE(what_costs_nothing_has_no_rank_and_no_headline_and_stands_beside_the_control) {
  const auto scores = ScoresUnder({"a", "b"}, kClear);
  const auto standings = StandingsIn(AtTemperature(scores, "abd", 1));
  std::vector<std::string> order;
  for (const auto& row : standings.rows) order.push_back(row.defense);
  BOOST_TEST((order == std::vector<std::string>{"sv", "harm", "abd", "none"}));
  const auto &abd = RowOf(standings, "abd"), &none = RowOf(standings, "none");
  BOOST_TEST((abd.reference && !abd.control));
  BOOST_TEST((none.control && !none.reference));
  BOOST_TEST((!abd.rank && !abd.rank_apart && !abd.best_probability && !abd.unseen_rank));
  BOOST_TEST(RowOf(standings, "sv").rank.value() == 1);
  BOOST_TEST(abd.asr->interval.has_value());
  BOOST_TEST(ToJson(standings).at("rows").at(2).at("reference") == true);
  const auto headline = HeadlineOf(standings);
  BOOST_TEST_REQUIRE(headline.best.size() == 1U);
  BOOST_TEST(headline.best[0]->defense == "sv");
  BOOST_TEST(headline.ranked == 2);
  BOOST_TEST(headline.defenses == 2);
  BOOST_TEST((headline.proven == std::vector<std::string>{"sv"}));
  const auto hotter = StandingsIn(AtTemperature(scores, "abd", 2));
  BOOST_TEST(RowOf(hotter, "abd").rank.value() == 1);
  BOOST_TEST(HeadlineOf(hotter).best.at(0)->defense == "abd");
}

BOOST_AUTO_TEST_CASE(what_costs_nothing_is_ranked_apart_by_nobody_and_is_nobodys_better) {
  auto lacks = WithoutOneOfAbd();
  const auto reference = StandingsIn(AtTemperature(lacks, "abd", 1));
  BOOST_TEST(!RowOf(reference, "abd").rank_apart.has_value());
  BOOST_TEST(HeadlineOf(reference).apart.empty());
  for (auto& score : lacks) {
    if (score.cell.defense == "abd" && score.student) *score.student->asr += 0.4;
  }
  BOOST_TEST(RowOf(StandingsIn(lacks), "abd").rank_apart.value() == 2);
  BOOST_TEST(RowOf(StandingsIn(AtTemperature(lacks, "sv", 1)), "abd").rank_apart.value() == 1);
}

BOOST_AUTO_TEST_CASE(what_costs_nothing_and_finished_everything_takes_nobody_out_of_the_ranks) {
  std::vector<double> many;
  for (int seed = 0; seed < 20; ++seed) many.push_back(0.5 + 0.001 * seed);
  auto scores = ScoresUnder({"a"}, {{"kd", many}, {"sv", many}});
  for (auto& score : scores) {
    if (score.cell.defense != "sv" || score.cell.teacher_seed != 3) continue;
    score.status = Status::kDiverged, score.reason = "the loss was not finite";
    score.student.reset();
  }
  const auto beside_defense = StandingsIn(scores),
             beside_reference = StandingsIn(AtTemperature(scores, "kd", 1));
  BOOST_TEST(!RowOf(beside_defense, "sv").rank.has_value());
  BOOST_TEST(RowOf(beside_reference, "sv").rank.value() == 1);
}

// --- what is said of a table

BOOST_AUTO_TEST_CASE(the_der_of_no_defence_is_a_half_and_has_no_interval) {
  const auto standings = StandingsIn(ScoresUnder({"a"}, kClear));
  const auto& none = RowOf(standings, "none");
  BOOST_TEST(none.der->mean == 0.5, tt::tolerance(1e-12));
  BOOST_TEST(!none.der->interval.has_value());
  BOOST_TEST(!none.der->error.has_value());
  BOOST_TEST(RowOf(standings, "abd").der->interval.has_value());
  BOOST_TEST(none.asr->interval.has_value());
}

BOOST_AUTO_TEST_CASE(a_single_attack_says_nothing_of_the_rank_on_a_further_one) {
  const auto one = StandingsIn(ScoresUnder({"a"}, kClear)),
             two = StandingsIn(ScoresUnder({"a", "b"}, kClear));
  BOOST_TEST(RowOf(one, "abd").rank.has_value());
  BOOST_TEST(!RowOf(one, "abd").unseen_rank.has_value());
  BOOST_TEST(RowOf(two, "abd").unseen_rank.has_value());
}

// Six pairs: an even number.
BOOST_AUTO_TEST_CASE(what_a_table_finds_is_by_the_median_of_the_errors_of_its_pairs) {
  const auto standings = StandingsIn(ScoresUnder({"a"}, {{"none", {0.80, 0.85, 0.82}},
                                                         {"abd", {0.10, 0.30, 0.12}},
                                                         {"sr", {0.20, 0.21, 0.29}},
                                                         {"sv", {0.40, 0.41, 0.42}}}));
  BOOST_TEST_REQUIRE(standings.pairs.size() == 6U);
  std::vector<double> errors;
  for (const auto& pair : standings.pairs) errors.push_back(*pair.difference->error);
  std::sort(errors.begin(), errors.end());
  BOOST_TEST_REQUIRE(errors[2] < errors[3] - 1e-4);
  const double median = (errors[2] + errors[3]) / 2;
  BOOST_TEST(*standings.resolution == median * DetectableErrors(0.05 / 6, 0.8, 2),
             tt::tolerance(1e-9));
  // The fewest with a power of 80 % for one point, of the noncentral t by SciPy.
  BOOST_TEST(*standings.seeds_for_a_point == 617);
  BOOST_TEST(ToJson(standings).at("seeds_for_a_point") == 617);
}

}  // namespace dfkd::headline_test
