// How the numbers of defences moved, on the page of their matrix.
#include "leaderboard/pages/history_section.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <regex>

#include "bench/scores/results_file.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/svg.h"
#include "leaderboard/pages/templates.h"
#include "tests/leaderboard/moved.h"
#include "tests/leaderboard/pages/site_files.h"

namespace dfkd::history_section_test {

// The section of a page of these scores.
std::string Section(const std::vector<Score>& scores) {
  const auto matrices = ByMatrix(scores);
  const auto page = Templates().Render("page", site::MatrixPageData(site::BoardOf(matrices.at(0))));
  const auto begin = page.find("<section id=\"toy/history\">");
  BOOST_TEST_REQUIRE(begin != page.npos, page);
  return page.substr(begin, page.find("</section>", begin) - begin);
}

// The cells of a row, without tags.
std::string TextOfRow(const std::string& section, const std::string& defense,
                      const std::string& day) {
  const auto begin = section.find("<bdi>" + defense + "</bdi></th><td>" + day);
  if (begin == section.npos) return "";
  const auto row = section.substr(begin, section.find("</tr>", begin) - begin);
  const auto text = std::regex_replace(row, std::regex("<[^>]*>"), " ");
  return std::regex_replace(text, std::regex("\\s+"), " ");
}

BOOST_AUTO_TEST_CASE(of_what_never_moved_a_line_says_since_when) {
  const auto section = Section(ReadScores(Fixtures() / "valid"));
  BOOST_TEST(Contains(section,
                      "abd, none, sr, sv: since 2024-05-31, 5 cells each; "
                      "nothing has been replaced."),
             section);
  BOOST_TEST(!Contains(section, "<table"));
  BOOST_TEST(!Contains(section, "<svg"));
}

BOOST_AUTO_TEST_CASE(what_was_replaced_and_what_came_are_days_of_a_table_and_of_a_chart) {
  const auto section = Section(ToyMoved());
  const auto first = TextOfRow(section, "abd", "2024-05-31"),
             second = TextOfRow(section, "abd", "2024-06-01"),
             third = TextOfRow(section, "abd", "2024-06-02");
  BOOST_TEST(Contains(first, "4 cells added 2 of 4 1 attack × 2 teacher seeds"), first);
  BOOST_TEST(Contains(second, "1 cell replaced 2 of 4"), second);
  BOOST_TEST(Contains(second, "−20.0 over 2 cells"), second);
  BOOST_TEST(Contains(third, "1 cell added 3 of 5 2 attacks × 1–2 teacher seeds"), third);
  BOOST_TEST(Contains(third, " 0.0 over 2 cells"), third);
  BOOST_TEST(Contains(section, "none, sr, sv: since 2024-05-31, 5 cells each;"), section);
  // From the first to the second day the cells are the same, from there to the third they are not.
  BOOST_TEST(CountOf(section, "<svg") == 1);
  BOOST_TEST(CountOf(section, "stroke-dasharray") == 1);
  BOOST_TEST(CountOf(section, ">2024-06-01</text>") == 1);
}

BOOST_AUTO_TEST_CASE(the_page_of_a_plugin_may_tell_of_its_entry_alone) {
  const auto matrices = ByMatrix(ToyMoved());
  const auto board = site::BoardOf(matrices.at(0));
  const auto html =
      Templates().Render("moments", site::MomentsData(board.groups.front(), "anything", "none"));
  BOOST_TEST(Contains(html, ">none: since 2024-05-31, 5 cells; nothing has been replaced.<"), html);
  BOOST_TEST(!Contains(html, "abd"));
}

BOOST_AUTO_TEST_CASE(a_site_of_results_shows_what_they_replaced) {
  fs::remove_all("replaced_results");
  std::vector<CommittedResult> results;
  for (const char plan : {'a', 'b'}) {
    CommittedResult result{ReadScore(FixtureScoreFile()), std::string(64, plan), "",
                           Verified::kValid, "somebody"};
    result.score.media.clear();
    if (plan == 'b') result.added = "2024-06-03T12:00:00Z";
    results.push_back(std::move(result));
  }
  WriteFileAtomically(ResultsPath("replaced_results", "toy", "abd"), ToText(results));
  const auto page =
      ReadBytes(SiteOf("replaced_results", "replaced_results_site") / "matrices/toy.html");
  BOOST_TEST(Contains(TextOfRow(page, "abd", "2024-06-03"), "1 cell replaced"), page);
}

BOOST_AUTO_TEST_CASE(steps_take_two_days_and_leave_out_what_is_no_number) {
  const std::vector<svg::StepLine> lines = {{"abd", {{0, 0.5, false}, {1, 0.25, true}}},
                                            {"lost", {{1, std::nan(""), false}}}};
  const auto drawn = svg::Steps({"id", "t", "d", "", "y"}, {"2024-05-31", "2024-06-01"}, lines);
  BOOST_TEST(CountOf(drawn.text(), "class=\"mark\"") == 2);
  BOOST_TEST(CountOf(drawn.text(), "class=\"line\"") == 2);
  BOOST_TEST(!Contains(drawn.text(), "lost"));
  BOOST_TEST(!Contains(drawn.text(), "nan"));
  BOOST_TEST(svg::Steps({"id", "t", "d", "", "y"}, {"2024-05-31"}, lines).empty());
  BOOST_TEST(svg::Steps({"id", "t", "d", "", "y"}, {"a", "b"}, {}).empty());
}

}  // namespace dfkd::history_section_test
