// What the pages say beside a number: of whom it is, how sure it is, and what it does not prove.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/leaderboard/pages/sections.h"
#include "tests/leaderboard/pages/site_files.h"

namespace dfkd::answers_test {

// Three teachers each; one student of abd collapsed.
std::vector<Score> WithCollapse() {
  auto scores = WithThreeTeachers();
  for (auto& score : scores) {
    const auto& cell = score.cell;
    if (cell.defense == "abd" && cell.attack == "badnets_grid" && cell.teacher_seed == 1)
      score.validity.push_back("utility_collapse");
  }
  return scores;
}

// Of the page of a defence.
Json StandingOnPage(const std::string& defense, std::vector<Score> scores) {
  const auto matrices = ByMatrix(std::move(scores));
  const auto boards = site::BoardsOf(matrices);
  const auto page = site::PluginPageData({PluginKind::kDefense, defense, true}, boards);
  return page.at("plugin").at("results").at("items").at(0).at("standing");
}

BOOST_AUTO_TEST_CASE(who_has_no_rank_for_a_collapse_is_not_said_to_have_finished_less) {
  const auto section = SectionOf(WithCollapse());
  BOOST_TEST(Contains(section, ", of the 1 of 3 defences that have a rank"), section);
}

BOOST_AUTO_TEST_CASE(no_page_calls_a_defence_better_that_is_low_by_a_collapse) {
  BOOST_TEST(Contains(StandingOnPage("abd", WithThreeTeachers()).at("beats"), "none"));
  BOOST_TEST(Contains(StandingOnPage("none", WithThreeTeachers()).at("beaten"), "abd"));
  BOOST_TEST(StandingOnPage("abd", WithCollapse()).at("beats") ==
             "nobody: utility collapse in 1 of 6 finished cells");
  const auto none = StandingOnPage("none", WithCollapse());
  BOOST_TEST(!Contains(none.at("beaten"), "abd"));
  BOOST_TEST(Contains(none.at("beaten"), "sv"));
}

BOOST_AUTO_TEST_CASE(a_rank_on_a_further_attack_takes_two_and_has_its_probability) {
  auto scores = WithThreeTeachers();
  BOOST_TEST(StandingOnPage("abd", scores).at("unseen").at("note") == "probability 33 % at least");
  std::erase_if(scores, [](const Score& score) { return score.cell.attack == "blend_0.1"; });
  const auto section = SectionOf(scores);
  // abd, sr, sv.
  BOOST_TEST(CountOf(section, "missing: a single attack says nothing of a further one") == 3,
             section);
  BOOST_TEST(!Contains(section, "with a probability of"));
  BOOST_TEST(StandingOnPage("abd", scores).at("unseen").at("missing") ==
             "a single attack says nothing of a further one");
}

BOOST_AUTO_TEST_CASE(an_asr_above_the_floor_says_over_how_many_cells_it_is) {
  auto scores = WithThreeTeachers();
  for (auto& score : scores) {
    score.floor = FloorScore{.asr = 0.05};
    if (score.cell.defense == "abd" && score.cell.attack == "blend_0.1" &&
        score.cell.teacher_seed == 0)
      score.floor.reset();
  }
  const auto matrices = ByMatrix(scores);
  const auto board = site::BoardOf(matrices.at(0));
  const auto& standings = board.groups.front().standings;
  const std::string some =
      site::StandingData(RowOf(standings, "abd"), standings).at("above_floor").at("note");
  BOOST_TEST(some.ends_with("over 5 of 6"), some);
  const std::string all =
      site::StandingData(RowOf(standings, "sv"), standings).at("above_floor").at("note");
  BOOST_TEST(!Contains(all, "over"), all);
}

BOOST_AUTO_TEST_CASE(
    the_answer_names_who_does_harm_and_whom_one_missing_cell_keeps_from_the_ranks) {
  auto harm = WithThreeTeachers();
  for (auto& score : harm) {
    if (score.cell.defense == "sv" && score.student && score.student->asr)
      score.student->asr = 0.99;
  }
  BOOST_TEST(Contains(SectionOf(harm), " Proven to have a higher mean ASR than no defence: sv."),
             SectionOf(harm));
  BOOST_TEST(!Contains(SectionOf(WithThreeTeachers()), "Proven to have a higher"));
  auto apart = WithFourStudents();
  for (auto& score : apart) {
    const auto& cell = score.cell;
    const bool last = cell.teacher_seed == 2 && cell.student_seed == 3;
    if (cell.defense != "abd" || cell.attack != "badnets_grid" || !last) continue;
    score.status = Status::kDiverged, score.reason = "the loss was not finite";
    score.student.reset();
  }
  const auto section = SectionOf(apart);
  BOOST_TEST(Contains(section,
                      " Ranked apart, and lower than the first where both finished: abd (23 of 24 "
                      "cells, −"),
             section);
  BOOST_TEST(Contains(section, " points, proven)."), section);
}

BOOST_AUTO_TEST_CASE(a_table_that_finds_nothing_says_so_and_no_difference_above_a_hundred_points) {
  auto scores = WithThreeTeachers();
  for (auto& score : scores) {
    if (!score.student || !score.student->asr) continue;
    const bool odd = score.cell.teacher_seed % 2 == 1;
    const auto& defense = score.cell.defense;
    score.student->asr = defense == "none" ? 0.5 : odd == (defense == "abd") ? 1.0 : 0.0;
  }
  const auto section = SectionOf(scores);
  BOOST_TEST(Contains(section,
                      "With these seeds, no difference is found four times in five between a pair "
                      "of median spread."),
             section);
}

BOOST_AUTO_TEST_CASE(means_near_both_ends_have_the_caveat_of_their_intervals) {
  auto scores = WithThreeTeachers();
  for (auto& score : scores) {
    if (score.cell.defense == "none" && score.student && score.student->asr)
      score.student->asr = 0.97;
  }
  BOOST_TEST(Contains(SectionOf(scores), "under 10 % or over 90 %, such an interval covers 86 to"));
  const auto glossary = Templates().Render("glossary", Json::object());
  BOOST_TEST(Contains(glossary, "under 10 % or over 90 % it covers 86 to 92 %"));
  BOOST_TEST(Contains(glossary, "Beside a mean stands its interval over teacher seeds"));
}

BOOST_AUTO_TEST_CASE(the_undefended_student_is_counted_as_no_defence) {
  const auto matrices = ByMatrix(ReadScores(Fixtures() / "valid"));
  BOOST_TEST(site::FactsOf(site::BoardOf(matrices.at(0))).at("defenses") == "3 defences");
}

}  // namespace dfkd::answers_test
