#include "leaderboard/standings/compare.h"

#include <boost/test/unit_test.hpp>

#include "tests/scores/fixtures.h"

namespace dfkd::compare_test {

namespace tt = boost::test_tools;

std::vector<Score> Toy() { return ReadScores(Fixtures() / "valid"); }

BOOST_AUTO_TEST_CASE(only_cells_equal_in_all_but_the_defence_are_paired) {
  const auto comparison = CompareDefenses(Toy(), "abd", "none");
  BOOST_TEST(comparison.cells.size() == 4u);  // two seeds of badnets_grid, blend_0.1, no attack
  BOOST_TEST(comparison.acc->count == 4);
  BOOST_TEST(comparison.asr->count == 3);  // without an attack there is no ASR
  BOOST_TEST(comparison.acc->mean == (858 + 852 + 851 + 866 - 872 - 869 - 870 - 881) / 4000.0,
             tt::tolerance(1e-9));
  BOOST_TEST(comparison.asr->mean == (31 + 44 + 203 - 851 - 803 - 512) / 2700.0,
             tt::tolerance(1e-9));
  BOOST_TEST(comparison.wall_seconds->mean == 940.8 - 310.4, tt::tolerance(1e-9));
}

// attacks_defences_metrics.md 4.2.
BOOST_AUTO_TEST_CASE(an_attack_that_does_not_transfer_is_shown_and_not_averaged) {
  auto scores = Toy();
  for (auto& score : scores) {
    if (score.cell.attack == "blend_0.1" && score.cell.defense == "none")
      score.validity = {"not_transferred"};
  }
  const auto comparison = CompareDefenses(scores, "abd", "none");
  BOOST_TEST(comparison.acc->count == 4);
  BOOST_TEST(comparison.asr->count == 2);
  BOOST_TEST(comparison.asr->mean == (31 + 44 - 851 - 803) / 1800.0, tt::tolerance(1e-9));
  BOOST_TEST(Contains(ToText(comparison), "1 of 3 pairs (*) are not in it"));
  BOOST_TEST(ToJson(comparison)["cells"][0].contains("transferred"));
}

BOOST_AUTO_TEST_CASE(cells_of_several_matrices_are_refused_with_their_names) {
  auto scores = Toy();
  for (auto score : Toy()) {
    score.matrix = "toy_faithful";
    scores.push_back(score);
  }
  const auto message = MessageOf([&] { CompareDefenses(scores, "abd", "none"); });
  BOOST_TEST(Contains(message, "several matrices"), message);
  BOOST_TEST(Contains(message, "toy, toy_faithful"), message);
}

BOOST_AUTO_TEST_CASE(time_is_compared_in_seconds_of_the_device_not_on_the_clock) {
  auto scores = Toy();
  for (auto& score : scores) {
    score.cost.wall_seconds = 1000;
    score.cost.cpu_seconds = score.cell.defense == "abd" ? 30 : 10;
  }
  auto comparison = CompareDefenses(scores, "abd", "none");
  BOOST_TEST(comparison.seconds->mean == 20);
  BOOST_TEST(comparison.wall_seconds->mean == 0);
  for (auto& score : scores) {
    if (score.cell.defense == "abd") score.numerics.device = "cuda:0";
  }
  comparison = CompareDefenses(scores, "abd", "none");
  BOOST_TEST(!comparison.seconds.has_value());  // a processor and a GPU are not compared
}

// Ten students of one teacher are no ten experiments.
BOOST_AUTO_TEST_CASE(an_interval_is_over_teachers) {
  std::vector<Score> scores;
  for (auto score : Toy()) {
    if (score.cell.attack != "badnets_grid" || score.cell.teacher_seed != 0) continue;
    for (int seed = 0; seed < 10; ++seed) {
      score.cell.student_seed = seed;
      scores.push_back(score);
    }
  }
  BOOST_TEST(!CompareDefenses(scores, "abd", "none").asr_interval.has_value());
  for (auto& score : scores) score.cell.teacher_seed = score.cell.student_seed;
  BOOST_TEST(CompareDefenses(scores, "abd", "none").asr_interval.has_value());
}

BOOST_AUTO_TEST_CASE(cells_without_a_partner_are_named_with_the_reason) {
  const auto comparison = CompareDefenses(Toy(), "sr", "abd");
  BOOST_TEST(comparison.cells.size() == 3u);
  const auto text = ToText(comparison);
  BOOST_TEST(Contains(text, "toy-blend_0.1-wrn_16_2-wrn_16_1-zskt-sr-t0-s0  diverged: "));
  BOOST_TEST(Contains(text, "toy-sine-wrn_16_2-wrn_16_1-zskt-sr-t0-s0  attack_failed: "));
}

BOOST_AUTO_TEST_CASE(a_missing_score_is_named_as_missing) {
  auto scores = Toy();
  std::erase_if(scores, [](const Score& score) {
    return score.cell.defense == "sv" && score.cell.attack == "none";
  });
  const auto comparison = CompareDefenses(scores, "sv", "none");
  BOOST_TEST(Contains(ToText(comparison), "zskt-sv-t0-s0  no score"));
}

BOOST_AUTO_TEST_CASE(defences_that_share_nothing_are_an_error_listing_those_there_are) {
  auto scores = Toy();
  std::erase_if(scores, [](const Score& score) {
    return (score.cell.defense == "sv") != (score.cell.attack == "none");
  });
  const auto message = MessageOf([&] { CompareDefenses(scores, "abd", "sv"); });
  BOOST_TEST(Contains(message, "'abd' and 'sv' share no cell"), message);
}

BOOST_AUTO_TEST_CASE(a_defence_without_a_score_is_an_error_with_a_guess) {
  const auto message = MessageOf([] { CompareDefenses(Toy(), "abd", "nona"); });
  BOOST_TEST(Contains(message, "'nona': no score is of it; did you mean none? "), message);
  BOOST_TEST(Contains(message, "abd, none, sr, sv"), message);
  BOOST_TEST(Contains(MessageOf([] { CompareDefenses({}, "abd", "none"); }), "no score at all"));
}

BOOST_AUTO_TEST_CASE(exchanging_the_two_changes_the_sign_only) {
  const auto forth = CompareDefenses(Toy(), "abd", "sv"),
             back = CompareDefenses(Toy(), "sv", "abd");
  BOOST_TEST(forth.asr->mean == -back.asr->mean, tt::tolerance(1e-12));
  BOOST_TEST(*forth.asr->sd == *back.asr->sd, tt::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(text_and_json_tell_the_same) {
  const auto comparison = CompareDefenses(Toy(), "abd", "none");
  const Json json = ToJson(comparison);
  BOOST_TEST(json["cells"].size() == 4u);
  BOOST_TEST(json["acc"]["count"] == 4);
  BOOST_TEST(json["acc"]["interval"].is_null());  // below five pairs
  BOOST_TEST(Contains(ToText(comparison), "ACC   -1.6 points on average over 4 pairs, sd"));
}

BOOST_AUTO_TEST_CASE(a_difference_stands_beside_what_was_subtracted) {
  const auto comparison = CompareDefenses(Toy(), "abd", "none");
  const auto& first = comparison.cells.front();
  BOOST_TEST(*first.acc == *first.acc_a - *first.acc_b);
  BOOST_TEST(*first.asr == *first.asr_a - *first.asr_b);
  BOOST_TEST(Contains(ToText(comparison), "   -1.4 (85.8 - 87.2)  "));
  BOOST_TEST(ToJson(comparison)["cells"][0]["acc_b"] == *first.acc_b);
}

BOOST_AUTO_TEST_CASE(of_many_cells_without_a_partner_the_first_are_named) {
  auto scores = Toy();
  for (int64_t seed = 100; seed < 120; ++seed) {
    auto alone = scores.front();
    alone.cell.defense = "abd", alone.cell.student_seed = seed;
    scores.push_back(alone);
  }
  const auto comparison = CompareDefenses(scores, "abd", "none");
  const auto unpaired = comparison.unpaired.size();
  BOOST_TEST(unpaired > 12U);
  BOOST_TEST(Contains(ToText(comparison), fmt::format("  and {} more: ", unpaired - 12)));
  BOOST_TEST(ToJson(comparison)["unpaired"].size() == unpaired);
}

}  // namespace dfkd::compare_test
