// What the pages say beside a number: of whom it is, how sure it is, and what it does not prove.
#include <fmt/format.h>

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
  BOOST_TEST(Contains(section, "</strong>, the only one of 3 defences with a rank, has the lowest"),
             section);
}

BOOST_AUTO_TEST_CASE(among_whom_somebody_is_the_best_is_said_where_not_all_have_a_rank) {
  auto scores = WithThreeTeachers();
  BOOST_TEST(Contains(SectionOf(scores),
                      "<bdi>abd</bdi></strong>, among the 2 of 3 defences with a rank, has the "
                      "lowest mean ASR: "),
             SectionOf(scores));
  // sr finished half of its cells.
  std::erase_if(scores, [](const Score& score) { return score.cell.defense == "sr"; });
  const auto all = SectionOf(scores);
  BOOST_TEST(Contains(all, "<bdi>abd</bdi></strong> has the lowest mean ASR: "), all);
  std::erase_if(scores, [](const Score& score) { return score.cell.defense == "sv"; });
  const auto only = SectionOf(scores);
  BOOST_TEST(Contains(only, "<bdi>abd</bdi></strong> is the only defence here; "), only);
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
  const auto range = fmt::format("{} to {}", kLeastCoverageNearTheEnds, kMostCoverageNearTheEnds);
  BOOST_TEST(
      Contains(SectionOf(scores), "under 10 % or over 90 %, such an interval covers " + range));
  const Templates templates;
  const auto matrices = ByMatrix(scores);
  const auto boards = site::BoardsOf(matrices);
  const auto home = templates.Render("page", site::HomePage(boards));
  BOOST_TEST(Contains(home, "under 10 % or over 90 % it covers " + range + " % of true"));
  BOOST_TEST(Contains(home, "Beside a mean stands its interval over teacher seeds"));
  const auto protocol = templates.Render("page", site::ProtocolPage(boards));
  BOOST_TEST(Contains(protocol, "in the same way over 90 %, they cover " + range + " % of true"));
  // No template has the numbers as text, which would stay when the simulation is run again.
  for (const auto& name : TemplateFiles().Stems())
    BOOST_TEST(!Contains(std::string(TemplateFiles().At(name + ".tpl")), range), name);
}

BOOST_AUTO_TEST_CASE(below_the_cells_stands_what_each_of_their_flags_means) {
  auto scores = ReadScores(Fixtures() / "valid");
  for (auto& score : scores) score.validity = {"high_floor"};
  scores.front().validity = {"attack_aware", "high_floor"};
  const auto matrices = ByMatrix(scores);
  const auto page = Templates().Render("page", site::MatrixPageData(site::BoardOf(matrices.at(0))));
  BOOST_TEST(CountOf(page, "<dt>high_floor</dt><dd>") == 1);
  BOOST_TEST(CountOf(page, "<dt>attack_aware</dt><dd>") == 1);
  BOOST_TEST(!Contains(page, "<dt>utility_collapse</dt>"));
  for (auto& score : scores) score.validity.clear();
  const auto plain = ByMatrix(scores);
  BOOST_TEST(!Contains(Templates().Render("page", site::MatrixPageData(site::BoardOf(plain.at(0)))),
                       "flags of these"));
}

BOOST_AUTO_TEST_CASE(the_undefended_student_is_counted_as_no_defence) {
  const auto matrices = ByMatrix(ReadScores(Fixtures() / "valid"));
  BOOST_TEST(site::FactsOf(site::BoardOf(matrices.at(0))).at("defenses") == "3 defences");
}

}  // namespace dfkd::answers_test
