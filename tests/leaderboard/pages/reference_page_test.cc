#include <boost/test/unit_test.hpp>

#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/templates.h"
#include "tests/leaderboard/rerun.h"
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

}  // namespace dfkd::reference_page_test
