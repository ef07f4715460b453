// Text for a screen: columns, broken lines, and that a comparison fits a hundred columns.
#include "leaderboard/standings/text_layout.h"

#include <boost/test/unit_test.hpp>

#include "leaderboard/standings/compare.h"
#include "tests/leaderboard/standings/by_teacher.h"
#include "tests/leaderboard/standings/unwrapped.h"
#include "tests/scores/fixtures.h"

namespace dfkd::text_layout_test {

BOOST_AUTO_TEST_CASE(headings_and_empty_lines_take_no_column) {
  BOOST_TEST(AlignedText({{"name", "a"}, {}, {"a long heading"}, {"x", "12.5"}}) ==
             "name     a\n"
             "\n"
             "a long heading\n"
             "x     12.5\n");
}

BOOST_AUTO_TEST_CASE(long_lines_break_between_words_and_go_on_indented) {
  BOOST_TEST(Wrapped("one two three\n\nshort\n", 8) == "one two\n  three\n\nshort\n");
  BOOST_TEST(Wrapped("one two three four\n", 9) == "one two\n  three\n  four\n");
  BOOST_TEST(Wrapped("exactly8\n", 8) == "exactly8\n");
  BOOST_TEST(Wrapped("a_word_longer_than_a_line and more\n", 8) ==
             "a_word_longer_than_a_line\n  and\n  more\n");
  BOOST_TEST(Wrapped("  already_indented_and_long\n", 8) == "  already_indented_and_long\n");
  BOOST_TEST(Unwrapped(Wrapped("one two three four\n", 9)) == "one two three four\n");
  BOOST_TEST(WidestLine("ab\nabc\n") == 3U);
}

// Under two distillers and the attacks with the longest names here.
std::vector<Score> TwoTables(const std::string& a, const std::string& b) {
  std::vector<Score> scores;
  for (auto score :
       ScoresUnder({"narcissus_like", "badnets_grid", "wanet"}, {{"none", {0.80, 0.81, 0.82, 0.80}},
                                                                 {a, {0.10, 0.21, 0.12, 0.10}},
                                                                 {b, {0.40, 0.41, 0.52, 0.40}}})) {
    for (const char* distiller : {"deepinversion", "ood_kd"}) {
      score.cell.distiller = distiller;
      scores.push_back(score);
    }
  }
  return scores;
}

std::string TextOf(const std::string& a, const std::string& b) {
  return ToText(CompareDefenses(TwoTables(a, b), a, b));
}

BOOST_AUTO_TEST_CASE(a_comparison_fits_a_hundred_columns_under_its_names) {
  const auto text = TextOf("sr", "clp");
  BOOST_TEST(WidestLine(text) <= 100U, text);
  BOOST_TEST(Contains(text, "  ACC sr "), text);
  BOOST_TEST(text.starts_with("sr minus clp, matrix "), text);
}

BOOST_AUTO_TEST_CASE(names_that_would_make_the_table_wider_are_letters_in_it) {
  const auto text = TextOf("self_retrospection", "shuffling_vaccine");
  BOOST_TEST(WidestLine(text) <= 100U, text);
  BOOST_TEST(Contains(text, "  ACC A "), text);
  BOOST_TEST(text.starts_with("self_retrospection (A) minus shuffling_vaccine (B), matrix "), text);
  // What is kept or goes to a paper has the names.
  const auto comparison =
      CompareDefenses(TwoTables("self_retrospection", "x"), "self_retrospection", "x");
  BOOST_TEST(Contains(ToMarkdown(comparison), "ACC self\\_retrospection |"));
  BOOST_TEST(!Contains(ToMarkdown(comparison), "(A)"));
}

}  // namespace dfkd::text_layout_test
