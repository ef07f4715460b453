#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/io/file.h"
#include "leaderboard/pages/boards.h"
#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/templates.h"
#include "tests/leaderboard/pages/site_files.h"
#include "tests/leaderboard/toy.h"

namespace dfkd::protocol_page_test {

BOOST_AUTO_TEST_CASE(the_protocol_says_why_cells_with_some_flags_stay_in_means) {
  const auto matrices = ByMatrix(ReadScores(Fixtures() / "valid"));
  const auto page = Templates().Render("page", site::ProtocolPage(site::BoardsOf(matrices)));
  const auto end = page.find("stay in means: the attack works and reaches the undefended student");
  BOOST_TEST_REQUIRE(end != page.npos);
  const auto start = page.rfind("<p>", end);
  const auto named = page.substr(start, end - start);
  const auto document = ReadBytes(fs::path(DFKD_SOURCE_DIR) / "docs/protocol.md");
  for (const char* flag : {"high_floor", "obvious_trigger", "attack_aware", "no_floor"}) {
    BOOST_TEST(!site::KeepsOutOfMeans(flag), flag);
    BOOST_TEST(Contains(named, std::string(">") + flag + "<"), named);
  }
  BOOST_TEST(Contains(document,
                      "Cells with `high_floor`, `obvious_trigger`, `attack_aware` or `no_floor` "
                      "stay in means"));
  // All that keep a cell out are told apart from these.
  const auto& flags = site::Flags();
  BOOST_TEST(std::count_if(flags.begin(), flags.end(), site::KeepsOutOfMeans) == 3);
  BOOST_TEST(!site::KeepsOutOfMeans("utility_collapse"));
}

}  // namespace dfkd::protocol_page_test
