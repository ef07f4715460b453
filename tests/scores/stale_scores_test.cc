#include "bench/scores/stale_scores.h"

#include <boost/test/unit_test.hpp>

#include "bench/io/file.h"
#include "tests/scores/fixtures.h"

namespace dfkd::stale_scores_test {

namespace fs = std::filesystem;

// The toy scores as an earlier run left them, and a later run of one of their cells.
struct Folder {
  Folder() {
    fs::remove_all("stale");
    fs::copy(Fixtures() / "valid/toy", "stale", fs::copy_options::recursive);
    matrix.name = "toy";
    Block block;
    for (const char* id : {"toy"}) block.datasets.push_back({.id = id, .plugin = id});
    for (const char* id : {"none", "badnets_grid", "blend_0.1", "sine"})
      block.attacks.push_back({.id = id, .plugin = id});
    block.distillers.push_back({.id = "zskt", .plugin = "zskt"});
    block.networks.push_back({"wrn-16-2", "wrn-16-1"});
    matrix.blocks = {block};
    PlannedCell cell{.cell = score.cell, .id = CellId(score.cell)};
    cell.student_evaluation = plan.Add("evaluate", {{"seed", 1}}).first;
    plan.cells.push_back(cell);
  }
  std::vector<fs::path> SetAside(const std::vector<Score>& written) {
    ClaimsOfScores claims;
    for (const auto& one : written) {  // each by a thread of its own
      ClaimsOfScores own;
      own.Add(one);
      claims.Add(std::move(own));
    }
    return SetAsideStale({matrix, plan, data, "0"}, claims, "stale");
  }
  fs::path file() const { return fs::path("stale") / (CellId(score.cell) + ".json"); }

  Matrix matrix;
  Plan plan;
  std::map<std::string, DataFacts> data;
  Score score = ReadScore(FixtureScoreFile());
};

BOOST_FIXTURE_TEST_SUITE(stale, Folder)

BOOST_AUTO_TEST_CASE(what_was_merely_not_selected_stays) {
  BOOST_TEST(SetAside({score}).empty());
  BOOST_TEST(ReadScores("stale").size() == 20U);
}

BOOST_AUTO_TEST_CASE(a_planned_cell_without_a_score_now_loses_the_old_one_but_nothing_is_deleted) {
  const auto stale = SetAside({});
  BOOST_TEST_REQUIRE(stale.size() == 1U);
  BOOST_TEST(stale[0] == file());
  BOOST_TEST(!fs::exists(file()));
  BOOST_TEST(fs::exists(file().string() + ".old"));
  BOOST_TEST(ReadScores("stale").size() == 19U);
}

BOOST_AUTO_TEST_CASE(a_score_of_the_very_evaluation_that_is_planned_stays) {
  score.provenance.stages["evaluate"] = plan.At(plan.cells[0].student_evaluation).stage.key();
  WriteFileAtomically(file(), ToJson(score).dump());
  BOOST_TEST(SetAside({}).empty());
}

BOOST_AUTO_TEST_CASE(scores_of_another_revision_or_recipe_are_set_aside) {
  auto written = score;
  written.entries.at("distiller").revision = 9;
  BOOST_TEST(SetAside({written}).size() == 19U);
  Folder again;
  written = score;
  written.teacher_recipe = {{"epochs", 3}};
  BOOST_TEST(again.SetAside({written}).size() == 19U);
}

BOOST_AUTO_TEST_CASE(what_the_matrix_no_longer_names_is_set_aside) {
  matrix.blocks[0].attacks.pop_back();  // sine
  const auto stale = SetAside({score});
  BOOST_TEST(stale.size() == 4U);
  for (const auto& file : stale) BOOST_TEST(Contains(file.string(), "-sine-"));
}

BOOST_AUTO_TEST_CASE(a_folder_with_scores_of_another_matrix_is_refused_in_one_line) {
  RequireFolderOf("toy", "stale");
  const auto message = MessageOf([] { RequireFolderOf("toy_distiller.rounds_20", "stale"); });
  BOOST_TEST(Contains(message, "holds scores of the matrix \"toy\""), message);
  fs::remove_all("file");
  WriteFileAtomically("file", "");
  BOOST_TEST(
      Contains(MessageOf([] { RequireFolderOf("toy", "file/below"); }), "cannot be written"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::stale_scores_test
