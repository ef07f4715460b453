// The table of all cells of a matrix, as a page has it without the application, and links to it.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "bench/io/file.h"
#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/templates.h"
#include "tests/leaderboard/pages/site_files.h"
#include "tests/scores/fixtures.h"

namespace dfkd::cells_table_test {

std::string PageOf(std::vector<Score> scores) {
  const auto matrices = ByMatrix(std::move(scores));
  return Templates().Render("page", site::MatrixPageData(site::BoardOf(matrices.at(0))));
}

// The valid scores beside a matrix that plans so many seeds of every teacher.
fs::path Planned(const fs::path& folder, int64_t teachers) {
  const auto scores = ToyCopy(folder);
  Json matrix = ReadJson(scores / "toy/matrix.json");
  Json seeds = Json::array();
  for (int64_t seed = 0; seed < teachers; ++seed) seeds.push_back(seed);
  for (auto& block : matrix.at("blocks")) block["teacher_seeds"] = seeds;
  WriteFileAtomically(scores / "toy/matrix.json", matrix.dump());
  return scores;
}

const std::vector<std::string> kNone;
const char* const kRow = "<tr id=\"toy/cell/";

BOOST_AUTO_TEST_CASE(on_a_board_that_is_being_filled_scores_are_listed_and_the_others_counted) {
  const auto files = FilesBelow(SiteOf(Planned("being_filled", 40), "being_filled_site"));
  const auto& page = files.at("matrices/toy.html");
  BOOST_TEST(CountOf(page, kRow) == 20);
  BOOST_TEST(CountOf(page, "class=\"status absent\"") == 0);
  // 2 data sets, 4 attacks, 6 defences, 40 teacher seeds.
  BOOST_TEST(Contains(page, "1900 planned cells without a score: counted here, not listed."));
  BOOST_TEST(Contains(page, "Without JavaScript: the default view only, complete."));
  BOOST_TEST(LostAnchors(files) == kNone, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(planned_cells_are_listed_where_all_fit) {
  const auto page = FilesBelow(SiteOf(Planned("fits", 10), "fits_site")).at("matrices/toy.html");
  BOOST_TEST(CountOf(page, kRow) == 480);
  BOOST_TEST(CountOf(page, "class=\"status absent\"") == 460);
  BOOST_TEST(!Contains(page, "not listed"));
}

BOOST_AUTO_TEST_CASE(shares_of_counted_images_have_their_intervals) {
  auto score = ReadScore(FixtureScoreFile());
  const auto row = [&] {
    const auto matrices = ByMatrix({score});
    return site::CellRows(site::BoardOf(matrices.at(0))).at(0);
  };
  score.student->ra = 0.5;
  score.floor = FloorScore{.asr = 0.5};
  score.counts["student"] = {Count{31, 900}, Count{31, 900}, Count{5, 10}};
  score.counts["floor"] = {std::nullopt, Count{5, 10}, std::nullopt};
  for (const char* share : {"acc", "asr"}) BOOST_TEST(row().at(share).at("note") == "2.4–4.8");
  for (const char* share : {"ra", "floor"}) BOOST_TEST(row().at(share).at("note") == "23.7–76.3");
  score.counts["student"] = {std::nullopt, Count{31, 900}, std::nullopt};
  score.counts.erase("floor");
  for (const char* share : {"acc", "ra", "floor"}) {
    BOOST_TEST(row().at(share).at("note") == "", share);
    BOOST_TEST(!row().at(share).at("text").is_null(), share);
  }
}

BOOST_AUTO_TEST_CASE(who_checked_a_score_is_a_column_where_anybody_did) {
  auto scores = ReadScores(Fixtures() / "valid");
  const auto head = "<th scope=\"col\">Verification</th>";
  BOOST_TEST(!Contains(PageOf(scores), head));
  scores.front().verified = "rerun";
  const auto page = PageOf(scores);
  BOOST_TEST(Contains(page, head));
  BOOST_TEST(CountOf(page, "<td class=\"n\">rerun</td></tr>") == 1);
}

BOOST_AUTO_TEST_CASE(links_to_many_groups_are_folded_above_the_first_answer) {
  const auto with = [](int distillers) {
    std::vector<Score> scores;
    for (auto score : ReadScores(Fixtures() / "valid")) {
      for (int i = 0; i < distillers; ++i) {
        score.cell.distiller = fmt::format("distiller_{}", i);
        scores.push_back(score);
      }
    }
    return PageOf(std::move(scores));
  };
  BOOST_TEST(Contains(with(4), "<summary>4 groups, each ranked for itself</summary>"));
  const auto few = with(3);
  BOOST_TEST(CountOf(few, "<li><a href=\"#toy/toy/") == 3);
  BOOST_TEST(!Contains(few, "each ranked for itself"));
}

BOOST_AUTO_TEST_CASE(addresses_of_cells_lead_to_the_table_where_nothing_filters_it) {
  const auto score = ReadScore(FixtureScoreFile());
  const auto id = CellId(score.cell);
  BOOST_TEST(site::CellAddress("toy", score.cell, true) == "#toy/cell/" + id);
  BOOST_TEST(site::CellAddress("toy", score.cell, false) == "?cell=" + id + "#toy/cells");
  BOOST_TEST(site::CellsPath("toy", {score.cell}) == "matrices/toy.html?cell=" + id + "#toy/cells");
  BOOST_TEST(site::CellsOfEntry("toy", PluginKind::kAttack, "a&b") ==
             "matrices/toy.html?attack=a%26b#toy/cells");
  BOOST_TEST(site::CellsAddress(score, "abd", "sine") ==
             "?dataset=toy&networks=wrn-16-2~wrn-16-1&distiller=zskt&track=synthesized&"
             "defense=abd&attack=sine#toy/cells");
}

}  // namespace dfkd::cells_table_test
