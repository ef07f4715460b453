// Detectors and reactivation in scores, and the table of detectors.
#include "bench/scores/detector_table.h"

#include <boost/test/unit_test.hpp>

#include "bench/scores/validate.h"
#include "tests/scores/fixtures.h"

namespace dfkd::detector_table_test {

// Of a poisoned teacher and the clean one of its seed.
Score Asked(int64_t seed, double poisoned, double clean, const std::string& defense = "none") {
  auto score = ReadScore(FixtureScoreFile());
  score.cell.defense = defense;
  score.cell.teacher_seed = seed;
  score.teacher->gate = "passed";
  score.entries["attack"].options["target"] = 3;
  score.detectors["mm_bd"] = {DetectionScore{poisoned, poisoned > 2, 3},
                              DetectionScore{clean, clean > 2, 1}};
  return score;
}

BOOST_AUTO_TEST_CASE(the_auroc_is_the_share_of_pairs_in_order_and_a_teacher_counts_once) {
  // 5, 2 against 1, 2: three pairs in order and a tie, of four.
  const auto rows = DetectorTable({Asked(0, 5, 1), Asked(0, 5, 1, "abd"), Asked(1, 2, 2)});
  BOOST_TEST_REQUIRE(rows.size() == 1U);
  BOOST_TEST(rows[0].detector == "mm_bd");
  BOOST_TEST(rows[0].poisoned == 2);
  BOOST_TEST(rows[0].clean == 2);
  BOOST_TEST(*rows[0].auroc == 3.5 / 4);
  BOOST_TEST(*rows[0].refused == 0.5);
  BOOST_TEST(*rows[0].refused_clean == 0.0);
  BOOST_TEST(*rows[0].target_found == 1.0);
}

BOOST_AUTO_TEST_CASE(matrices_stand_apart_because_no_score_says_how_a_detector_was_set) {
  auto other = Asked(0, 5, 1);
  other.matrix = "toy_2";
  const auto rows = DetectorTable({Asked(0, 5, 1), other});
  BOOST_TEST_REQUIRE(rows.size() == 2U);
  for (const auto& row : rows) BOOST_TEST(row.poisoned == 1);
  BOOST_TEST(ToJson(rows)[1].at("matrix") == "toy_2");
  BOOST_TEST(Contains(ToText(rows), "toy_2"));
}

BOOST_AUTO_TEST_CASE(one_artifact_is_one_poisoned_teacher) {
  const auto made = [](int64_t seed, char digest) {
    auto score = Asked(seed, 5, 1);
    const auto title = fmt::format("teacher {} {} {} seed {}", score.cell.dataset,
                                   score.cell.attack, score.cell.teacher_network, seed);
    score.provenance.artifacts[title] = std::string(64, digest);
    return score;
  };
  BOOST_TEST(DetectorTable({made(0, 'a'), made(1, 'a')}).at(0).poisoned == 1);
  BOOST_TEST(DetectorTable({made(0, 'a'), made(1, 'b')}).at(0).poisoned == 2);
}

BOOST_AUTO_TEST_CASE(options_of_other_types_than_ours_cost_the_target_and_nothing_else) {
  const auto found = [](const char* option, const Json& value) {
    auto score = Asked(0, 5, 1);
    score.entries["attack"].options[option] = value;
    return DetectorTable({score}).at(0).target_found;
  };
  BOOST_TEST(found("labels", 7).value_or(-1) == 1.0);
  BOOST_TEST(found("labels", {{"all", "to_all"}}).value_or(-1) == 1.0);
  BOOST_TEST(!found("labels", "all_to_all").has_value());
  BOOST_TEST(!found("target", "three").has_value());
}

BOOST_AUTO_TEST_CASE(only_attacks_that_took_are_poisoned_and_clean_cells_add_clean_teachers) {
  auto ignored = Asked(0, 9, 1);
  ignored.teacher->gate = "ignored";
  auto clean = Asked(7, 4, 0);
  clean.cell.attack = "none";
  clean.teacher = TeacherScore{.acc = 0.9, .clean_acc = 0.9};
  clean.detectors["mm_bd"].clean_teacher.reset();
  auto imported = Asked(8, 4, 0);
  imported.teacher = TeacherScore{.acc = 0.9, .asr = 0.9};
  const auto rows = DetectorTable({ignored, clean, imported});
  BOOST_TEST_REQUIRE(rows.size() == 1U);
  BOOST_TEST(rows[0].poisoned == 0);
  BOOST_TEST(!rows[0].auroc.has_value());
  BOOST_TEST(!rows[0].refused.has_value());
  BOOST_TEST(*rows[0].refused_clean == 1.0 / 3);  // seeds 0 and 7, and 8's clean one
  BOOST_TEST(ToJson(rows)[0].at("auroc").is_null());
  BOOST_TEST(Contains(ToText(rows), "0+3"));
}

BOOST_AUTO_TEST_CASE(what_detectors_say_and_what_came_back_survive_and_change_the_digest) {
  const auto plain = ReadScore(FixtureScoreFile());
  BOOST_TEST(!ToJson(plain).contains("detectors"));
  BOOST_TEST(!ToJson(plain).contains("reactivation"));
  auto score = Asked(0, 5, 1);
  score.detectors["other"].teacher = DetectionScore{1.5, false, 2};
  ReactivationScore tried{.images = 10, .acc = 0.5, .asr = 0.8, .floor_asr = 0.4, .kappa = 2.0};
  tried.student = {Count{1, 2}, Count{4, 5}, std::nullopt};
  tried.floor = {Count{1, 2}, Count{2, 5}, std::nullopt};
  score.reactivation.push_back(tried);
  const Json written = ToJson(score);
  const auto again = ScoreFrom(written, "again");
  BOOST_TEST(ToJson(again) == written);
  BOOST_TEST(again.detectors.at("mm_bd").teacher->statistic == 5);
  BOOST_TEST(!again.detectors.at("other").clean_teacher.has_value());
  BOOST_TEST(*again.reactivation[0].kappa == 2.0);
  BOOST_TEST(Digest(score) != Digest(Asked(0, 5, 1)));
}

}  // namespace dfkd::detector_table_test
