#include <boost/test/unit_test.hpp>

#include "leaderboard/pages/boards.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/templates.h"
#include "tests/leaderboard/rerun.h"
#include "tests/leaderboard/standings/by_teacher.h"
#include "tests/scores/fixtures.h"

namespace dfkd::reference_page_test {

BOOST_AUTO_TEST_CASE(the_page_of_a_paper_shows_the_rerun_first_and_every_printed_number) {
  auto reference = LoadReference("abd_2023");
  reference.tables[0].rows[0].note = "<script>alert(1)</script>";
  const auto page = Templates().Render(
      "page", site::ReferenceData(reference, CompareWithReference(reference, Rerun2())));
  BOOST_TEST(!Contains(page, "<script>alert"));
  BOOST_TEST(Contains(page, "&lt;script&gt;alert(1)&lt;/script&gt;"));
  BOOST_TEST(page.find("Rerun: rerun") < page.find("All printed numbers"));
  BOOST_TEST(Contains(page, "Not rerun: Trojan WM; Trojan 3x3"));
  BOOST_TEST(Contains(page, "diverged: loss is nan"));
  BOOST_TEST(Contains(page, "rerun: the teacher of the last epoch instead"));
  BOOST_TEST(Contains(page, "62.3 / 21.8"));  // a number of table 2 that nobody reran
}

BOOST_AUTO_TEST_CASE(a_rerun_leads_to_its_cell_and_a_mean_to_all_that_it_is_over) {
  const auto page = [](std::vector<Score> scores) {
    const auto reference = LoadReference("abd_2023");
    return Templates().Render(
        "page", site::ReferenceData(reference, CompareWithReference(reference, scores)));
  };
  const std::string cell =
      "<a href=\"../matrices/rerun.html?cell="
      "cifar10-badnets_grid-wrn_16_2-wrn_16_1-zskt-none-t0-s0#rerun/cells";
  const auto one = page({ScoreOf("none", 0, 0.72, 0.95)});
  BOOST_TEST(Contains(one, cell + "\">72.0</a>"), one.substr(0, 4000));
  BOOST_TEST(Contains(one, cell + "\">95.0</a>"));
  BOOST_TEST(Contains(one, cell + "\">90.0</a>"));  // the teacher's ACC
  // The same experiment under a second id, and a seed that failed.
  auto scores = Rerun2();
  scores.push_back(ScoreOf("none", 2, 0.73, 0.96));
  scores.back().cell.attack = "grid, again";
  const auto several = page(scores);
  BOOST_TEST(Contains(several,
                      "<a href=\"../matrices/rerun.html?attack=badnets_grid,"
                      "grid%2C%20again&amp;dataset=cifar10&amp;defense=none&amp;distiller=zskt&amp;"
                      "networks=wrn-16-2~wrn-16-1#rerun/cells\">73.0</a>"),
             several.substr(0, 6000));
}

BOOST_AUTO_TEST_CASE(a_rerun_without_an_asr_has_a_dash_with_its_reason) {
  auto score = ScoreOf("none", 0, 0.72, 0.95);
  score.student->asr.reset();
  const auto reference = LoadReference("abd_2023");
  const auto page = Templates().Render(
      "page", site::ReferenceData(reference, CompareWithReference(reference, {score})));
  BOOST_TEST(Contains(page, ">72.0</a> / <span class=\"null\" title=\"not recorded\">"),
             page.substr(0, 4000));
}

BOOST_AUTO_TEST_CASE(rows_for_reference_weigh_teachers_alike_as_the_rows_above_them_do) {
  auto scores = WithoutOneStudent();
  for (auto& score : scores) {
    if (score.cell.defense == "none") score.track = "clean_subset";
  }
  const auto matrices = ByMatrix(std::move(scores));
  const auto board = site::BoardOf(matrices.at(0));
  BOOST_TEST_REQUIRE(board.groups.size() == 2U);
  const bool first = board.groups.front().group.track == "synthesized";
  const auto rows = site::ReferenceRows(first ? board.groups.front() : board.groups.back());
  const auto& items = rows.at("items");
  BOOST_TEST_REQUIRE(items.size() == 3U);
  BOOST_TEST(items.at(0).at("name") == "backdoored teacher");
  BOOST_TEST(items.at(0).at("asr").at("text") == "60.0");
  BOOST_TEST(items.at(1).at("name") == "clean teacher");
  BOOST_TEST(items.at(1).at("asr").at("text") == "30.0");
  BOOST_TEST(items.at(2).at("name") == "none");
  BOOST_TEST(items.at(2).at("asr").at("text") == "60.0");
  BOOST_TEST(items.at(2).at("acc").at("text") == "40.0");
}

}  // namespace dfkd::reference_page_test
