// The cells of a matrix that are too many for its page, on pages of their own.
#include <boost/test/unit_test.hpp>

#include "bench/io/file.h"
#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/templates.h"
#include "tests/leaderboard/pages/site_files.h"
#include "tests/scores/fixtures.h"

namespace dfkd::cell_pages_test {

const std::vector<std::string> kNone;
const char* const kRow = "<tr id=\"toy/cell/";

// The 20 valid scores under so many student seeds.
std::vector<Score> UnderSeeds(int64_t seeds, const std::string& distiller) {
  std::vector<Score> scores;
  for (auto score : ReadScores(Fixtures() / "valid")) {
    score.cell.distiller = distiller;
    score.media.clear();
    for (int64_t seed = 0; seed < seeds; ++seed) {
      score.cell.student_seed = seed;
      scores.push_back(score);
    }
  }
  return scores;
}

std::vector<site::CellPage> PagesOf(const std::vector<ScoredMatrix>& matrices) {
  return site::CellPagesOf(site::BoardOf(matrices.at(0)));
}

BOOST_AUTO_TEST_CASE(every_cell_is_on_one_page_of_its_distiller) {
  auto scores = UnderSeeds(30, "zskt");
  for (const auto& score : UnderSeeds(3, "another")) scores.push_back(score);
  const auto matrices = ByMatrix(scores);
  std::vector<std::string> paths;
  std::vector<size_t> sizes;
  std::set<std::string> cells;
  for (const auto& page : PagesOf(matrices)) {
    paths.push_back(page.path), sizes.push_back(page.scores.size());
    for (const auto* score : page.scores) {
      BOOST_TEST(score->cell.distiller == page.distiller);
      cells.insert(CellId(score->cell));
    }
  }
  BOOST_TEST((paths == std::vector<std::string>{"cells/toy/another-1.html", "cells/toy/zskt-1.html",
                                                "cells/toy/zskt-2.html"}));
  BOOST_TEST((sizes == std::vector<size_t>{60, 300, 300}));
  BOOST_TEST(cells.size() == 660U);
}

BOOST_AUTO_TEST_CASE(what_fits_the_page_of_the_matrix_has_no_others) {
  const auto matrices = ByMatrix(UnderSeeds(25, "zskt"));
  BOOST_TEST(matrices.at(0).scores.size() == site::kMostRows);
  BOOST_TEST(PagesOf(matrices).empty());
}

BOOST_AUTO_TEST_CASE(what_no_pages_can_show_without_a_script_is_named) {
  const auto matrices = ByMatrix(UnderSeeds(251, "zskt"));
  const auto board = site::BoardOf(matrices.at(0));
  BOOST_TEST(site::CellPagesOf(board).empty());
  const auto page = Templates().Render("page", site::MatrixPageData(board));
  BOOST_TEST(
      Contains(page, "5020 cells with a score: more than pages without JavaScript can show"));
  BOOST_TEST(Contains(page, "the default view only, complete but for the table of cells."));
  BOOST_TEST(!Contains(page, "<table class=\"cells\">"));
  BOOST_TEST(LostAnchors({{"matrices/toy.html", page}}) == kNone, boost::test_tools::per_element());
}

// 520 scores, as files.
fs::path Many(const fs::path& folder) {
  fs::remove_all(folder);
  for (const auto& score : UnderSeeds(26, "zskt"))
    WriteFileAtomically(folder / (CellId(score.cell) + ".json"), ToJson(score).dump());
  return folder;
}

BOOST_AUTO_TEST_CASE(a_site_of_more_cells_than_a_page_holds_lists_them_all_without_a_script) {
  const auto files = FilesBelow(SiteOf(Many("many_cells"), "many_cells_site"));
  const auto& page = files.at("matrices/toy.html");
  BOOST_TEST(!Contains(page, kRow));
  BOOST_TEST(Contains(page, "complete, with the cells on pages of their own."));
  BOOST_TEST(Contains(page, "520 cells with a score, without JavaScript on pages of their own."));
  int64_t rows = 0;
  for (const char* part : {"1", "2"}) {
    const auto path = std::string("cells/toy/zskt-") + part + ".html";
    const auto& cells = files.at(path);
    BOOST_TEST(Contains(page, "href=\"../" + path + "\""), path);
    BOOST_TEST(Contains(cells, std::string("<h1>zskt <span class=\"sub\">cells of toy, ") + part +
                                   " of 2</span></h1>"),
               path);
    rows += CountOf(cells, kRow);
    for (const auto& link : LinksOf(cells)) {
      const auto target = (fs::path(path).parent_path() / link).lexically_normal().string();
      BOOST_TEST(files.count(target) == 1U, path + " links " + link);
    }
  }
  BOOST_TEST(rows == 520);
  BOOST_TEST(LostAnchors(files) == kNone, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_row_leads_to_all_about_its_cell) {
  const auto score = ReadScore(FixtureScoreFile());
  const auto matrices = ByMatrix({score});
  const site::CellPage one = {.path = "cells/toy/zskt-1.html",
                              .distiller = "zskt",
                              .scores = {&matrices.at(0).scores.at(0)}};
  const auto page =
      Templates().Render("page", site::CellPageData(site::BoardOf(matrices.at(0)), one));
  const auto id = CellId(score.cell);
  BOOST_TEST(Contains(page, "<tr id=\"toy/cell/" + id +
                                "\"><th scope=\"row\"><a href=\"../../matrices/toy.html?cell=" +
                                id + "#toy/cells\">"),
             page);
  BOOST_TEST(Contains(page, "<h1>zskt <span class=\"sub\">cells of toy</span></h1>"), page);
}

}  // namespace dfkd::cell_pages_test
