// The answer in three lines on the index: who, whether that is proven, at what cost; the sentence
// is folded below it.
#include <boost/test/unit_test.hpp>

#include "tests/leaderboard/pages/sections.h"
#include "tests/leaderboard/pages/site_files.h"
#include "tests/leaderboard/standings/by_teacher.h"

namespace dfkd::short_answer_test {

std::string HomeOf(std::vector<Score> scores) {
  const auto matrices = ByMatrix(std::move(scores));
  return Templates().Render("page", site::HomePage(site::BoardsOf(matrices)));
}

// Of the first group; "" if there is none.
std::string AnswerIn(const std::string& home) {
  const auto begin = home.find("<dl class=\"answer\">");
  return begin == home.npos ? "" : home.substr(begin, home.find("</dl>", begin) - begin);
}

std::string AnswerOf(const AsrByDefense& by_defense) {
  return AnswerIn(HomeOf(ScoresUnder({"a"}, by_defense)));
}

BOOST_AUTO_TEST_CASE(three_lines_say_who_is_best_what_is_proven_and_what_it_costs) {
  const auto answer = AnswerOf({{"none", {0.80, 0.81, 0.82, 0.80, 0.81}},
                                {"abd", {0.10, 0.11, 0.12, 0.10, 0.11}},
                                {"sv", {0.40, 0.41, 0.42, 0.40, 0.42}}});
  BOOST_TEST(Contains(answer,
                      "<dt>Best</dt> <dd><strong><bdi>abd</bdi></strong> 10.8 % mean ASR, "
                      "undefended 80.8 %</dd>"),
             answer);
  BOOST_TEST(Contains(answer, "<dd>below undefended: abd, sv (5 teacher seeds)</dd>"), answer);
  BOOST_TEST(Contains(answer, "<dt>Cost</dt> <dd>2.0× time, ACC 0.0 points</dd>"), answer);
}

BOOST_AUTO_TEST_CASE(who_is_tied_with_the_first_is_named_and_of_whom_nothing_is_proven) {
  const auto answer = AnswerOf({{"none", {0.80, 0.81, 0.79, 0.80}},
                                {"x", {0.05, 0.85, 0.10, 0.30}},
                                {"y", {0.50, 0.52, 0.49, 0.51}}});
  BOOST_TEST(Contains(answer, "<bdi>x</bdi></strong> 32.5 % mean ASR, "), answer);
  BOOST_TEST(Contains(answer, "; tied: y</dd>"), answer);
  BOOST_TEST(Contains(answer, "<dd>below undefended: y; not x (4 teacher seeds)</dd>"), answer);
}

BOOST_AUTO_TEST_CASE(where_nobody_is_proven_to_help_nobody_is_called_best) {
  const auto answer =
      AnswerOf({{"none", {0.5, 0.9, 0.7}}, {"x", {0.4, 0.85, 0.2}}, {"y", {0.45, 0.95, 0.6}}});
  BOOST_TEST(Contains(answer, "<dt>Lowest</dt> <dd><strong><bdi>x</bdi></strong> 48.3 %"), answer);
  BOOST_TEST(Contains(answer,
                      "<dd>nothing: no defence is proven to be below undefended "
                      "(3 teacher seeds)</dd>"),
             answer);
}

BOOST_AUTO_TEST_CASE(with_too_few_teachers_or_no_undefended_student_nothing_is_proven) {
  const auto few = AnswerOf({{"none", {0.8, 0.8}}, {"x", {0.1, 0.1}}});
  BOOST_TEST(Contains(few, "<dt>Lowest</dt>"), few);
  BOOST_TEST(Contains(few, "<dd>nothing: 2 teacher seeds of an attack, and a rank takes 3</dd>"),
             few);
  const auto alone = AnswerOf({{"x", {0.10, 0.11, 0.12}}});
  BOOST_TEST(Contains(alone, "<dd>nothing. There is no undefended student here"), alone);
  BOOST_TEST(Contains(alone, "<dt>Cost</dt> <dd>20 s of the CPU a cell</dd>"), alone);
}

BOOST_AUTO_TEST_CASE(of_many_names_a_line_tells_the_first) {
  AsrByDefense many = {{"none", {0.5, 0.9, 0.7}}};
  for (int i = 1; i <= 6; ++i)
    many["d" + std::to_string(i)] = {0.4 + 0.01 * i, 0.85 - 0.01 * i, 0.6};
  const auto answer = AnswerOf(many);
  BOOST_TEST(Contains(answer, "; tied: d"), answer);
  BOOST_TEST(Contains(answer, " and 1 more</dd>"), answer);
}

BOOST_AUTO_TEST_CASE(an_answer_so_far_says_so_and_over_how_many_cells_it_is) {
  auto scores = WithThreeTeachers();
  BOOST_TEST(!Contains(AnswerIn(HomeOf(WithThreeTeachers())), "so far"));
  for (auto& score : scores) {
    if (score.cell.defense == "none" || score.cell.attack != "blend_0.1") continue;
    score.status = Status::kDiverged, score.reason = "the loss was not finite";
    score.student.reset();
  }
  const auto home = HomeOf(scores);
  BOOST_TEST(Contains(home, "<dt>Best so far</dt> <dd><strong><bdi>abd</bdi></strong> "), home);
  BOOST_TEST(Contains(home, "<summary>All of it, over 3 of 6 planned cells</summary>"), home);
}

BOOST_AUTO_TEST_CASE(no_line_sets_a_mean_against_one_over_other_cells) {
  auto scores = WithFourStudents();
  for (auto& score : scores) {
    const auto& cell = score.cell;
    const bool last = cell.attack == "badnets_grid" && cell.teacher_seed == 2;
    if (cell.defense != "none" || !last || cell.student_seed != 3) continue;
    score.status = Status::kDiverged, score.reason = "the loss was not finite";
    score.student.reset();
  }
  const auto answer = AnswerIn(HomeOf(scores));
  BOOST_TEST(Contains(answer, " points against undefended"), answer);
  BOOST_TEST(!Contains(answer, ", undefended "), answer);
}

BOOST_AUTO_TEST_CASE(the_sentence_and_what_it_rests_on_are_folded_below) {
  const auto home = HomeOf(WithThreeTeachers());
  const auto folded = home.find("<details class=\"further\"><summary>All of it");
  BOOST_TEST_REQUIRE(folded != home.npos);
  BOOST_TEST(home.find("<dl class=\"answer\">") < folded);
  const auto rest = home.substr(folded, home.find("</details>", folded) - folded);
  BOOST_TEST(CountOf(rest, "class=\"headline\"") == 1, rest);
  BOOST_TEST(Contains(rest, "Rests on "), rest);
  // Who has nothing to say in three lines says it openly.
  auto nothing = WithThreeTeachers();
  std::erase_if(nothing, [](const Score& score) { return score.cell.attack != "none"; });
  const auto none = HomeOf(nothing);
  BOOST_TEST(AnswerIn(none) == "");
  BOOST_TEST(Contains(none, "nothing to rank.</p>"), none);
}

}  // namespace dfkd::short_answer_test
