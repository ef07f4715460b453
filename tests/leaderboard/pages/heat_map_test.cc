// Parts of the page of a matrix: heat maps, charts, reactivation.
#include <array>
#include <boost/test/unit_test.hpp>

#include "leaderboard/pages/boards.h"
#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/svg.h"
#include "leaderboard/pages/templates.h"
#include "leaderboard/pages/values.h"
#include "tests/leaderboard/standings/by_teacher.h"
#include "tests/leaderboard/toy.h"

namespace dfkd::heat_map_test {

Json MapOf(const std::vector<Score>& scores, const std::vector<Cell>& planned = {},
           bool linked = true) {
  std::vector<const Score*> pointers;
  for (const auto& score : scores) pointers.push_back(&score);
  return site::HeatMapData(pointers, planned, linked);
}

Json CellAt(const Json& map, const std::string& attack, const std::string& defense) {
  for (const auto& row : map.at("heat_rows")) {
    if (row.at("attack") != attack) continue;
    for (size_t i = 0; i < row.at("heat_cells").size(); ++i) {
      if (map.at("heat_columns").at(i).at("defense") == defense) return row.at("heat_cells").at(i);
    }
  }
  return nullptr;
}

BOOST_AUTO_TEST_CASE(a_mean_is_over_the_seeds_that_count_and_says_how_many_do) {
  const auto scores = ToyFlagged("not_transferred", [](const Cell& cell) {
    return cell.attack == "badnets_grid" && cell.teacher_seed == 1;
  });
  const auto good = CellAt(MapOf(scores), "badnets_grid", "abd").at("good");
  BOOST_TEST(good.at("asr") == "3.4");
  BOOST_TEST(good.at("acc").at("text") == "85.8");
  BOOST_TEST(good.at("counts") == "1 of 2 seeds count (others: not_transferred)");
  BOOST_TEST(good.at("uncounted") == "");
}

BOOST_AUTO_TEST_CASE(a_mean_weighs_teachers_alike_as_the_worst_attack_of_the_standings_does) {
  const auto scores = WithoutOneStudent();
  const auto map = MapOf(scores);
  const auto standings = StandingsIn(scores);
  for (const auto& [defense, asr, acc, floor] :
       {std::array{"abd", "40.0", "60.0", "20.0"}, {"none", "60.0", "40.0", "30.0"}}) {
    const auto good = CellAt(map, "sig", defense).at("good");
    BOOST_TEST(good.at("asr") == site::Percent(*RowOf(standings, defense).worst), defense);
    BOOST_TEST(good.at("asr") == asr);
    BOOST_TEST(good.at("acc").at("text") == acc);
    BOOST_TEST(good.at("floor") == floor);
  }
}

BOOST_AUTO_TEST_CASE(where_no_seed_counts_the_mean_is_over_all_and_hatched) {
  const auto map = MapOf(ToyWithoutTransfer());
  const auto good = CellAt(map, "badnets_grid", "abd").at("good");
  BOOST_TEST(good.at("asr") == "4.2");
  BOOST_TEST(good.at("counts") == "");
  BOOST_TEST(good.at("uncounted") == "not_transferred");
  const auto unattacked = CellAt(map, "none", "abd").at("good");
  BOOST_TEST(unattacked.at("counts") == "");
  BOOST_TEST(unattacked.at("uncounted") == "");
}

BOOST_AUTO_TEST_CASE(cells_with_a_flag_are_hatched_and_the_caption_says_which_flags_take_out) {
  const auto scores = ToyFlagged("high_floor", [](const Cell& cell) {
    return cell.defense == "abd" && cell.attack == "badnets_grid" && cell.teacher_seed == 1;
  });
  auto map = MapOf(scores);
  const auto good = CellAt(map, "badnets_grid", "abd").at("good");
  BOOST_TEST(good.at("flagged") == "high_floor");
  BOOST_TEST(good.at("uncounted") == "");
  BOOST_TEST(CellAt(map, "badnets_grid", "none").at("good").at("flagged") == "");
  map.update(site::GroupNames({"d", "t", "s", "z", "synthesized"}));
  const auto html = Templates().Render("heatmap", map);
  BOOST_TEST(Contains(html, "class=\"heat h0 hatch\""), html);
  BOOST_TEST(Contains(html, "flagged: high_floor</span>"));
  const auto hatched = html.find("Hatched, and in the means: ");
  for (const auto& flag : site::Flags()) {
    BOOST_TEST_REQUIRE(html.find(flag) != html.npos, flag);
    BOOST_TEST((html.find(flag) < hatched) == site::KeepsOutOfMeans(flag), flag);
  }
}

BOOST_AUTO_TEST_CASE(of_what_the_runs_cost_teachers_are_counted_once) {
  auto scores = ReadScores(Fixtures() / "valid");
  const auto all = static_cast<int>(scores.size());
  int of_abd = 0;
  for (auto& score : scores) {
    of_abd += score.cell.defense == "abd";
    score.cost = {};
    score.cost.wall_seconds = 7200, score.cost.cpu_seconds = 3600;
    score.cost.peak_bytes = int64_t{3} << 30;
    score.cost.stages = {{"teacher toy seed 0", 1800}, {"distill", 7200}};
    score.provenance.stages = {{"teacher toy seed 0", "a key"}, {"distill", CellId(score.cell)}};
  }
  scores.back().cost = {};
  const auto items = site::CostRows(scores).at("items");
  BOOST_TEST(items.at(0).at("name") == "abd");
  BOOST_TEST(items.at(0).at("cpu").at("text") == std::to_string(of_abd) + ".00");
  BOOST_TEST(items.at(0).at("gpu").at("missing") == "not recorded");
  const auto& teachers = items.at(items.size() - 2);
  BOOST_TEST(teachers.at("clock").at("text") == "0.50");
  BOOST_TEST(teachers.at("cpu").at("missing") == "recorded on the clock alone");
  const auto& total = items.back();
  BOOST_TEST(total.at("cells") == std::to_string(all - 1) + " of " + std::to_string(all));
  BOOST_TEST(total.at("cpu").at("text") == std::to_string(all - 1));
  BOOST_TEST(total.at("peak").at("text") == "3.0");
  for (auto& score : scores) score.cost.stages.clear();
  const auto without = site::CostRows(scores).at("items");
  for (const char* column : {"cpu", "gpu", "clock", "peak"})
    BOOST_TEST(without.at(without.size() - 2).at(column).at("missing") == "not recorded", column);
  for (auto& score : scores) score.cost = {};
  BOOST_TEST(site::CostRows(scores).is_null());
}

BOOST_AUTO_TEST_CASE(planned_seeds_without_a_score_are_counted_beside_those_that_have_one) {
  const auto scores = ReadScores(Fixtures() / "valid");
  auto absent = ReadScore(FixtureScoreFile()).cell;
  absent.teacher_seed = 9;
  const auto cell = CellAt(MapOf(scores, {absent}), "badnets_grid", "abd");
  BOOST_TEST(cell.at("partial") == "2 of 3 seeds: 1 without a score");
}

BOOST_AUTO_TEST_CASE(seeds_are_linked_however_many_planned_cells_have_no_score) {
  const auto scores = ReadScores(Fixtures() / "valid");
  std::vector<Score> many(site::kMostRows + 1, ReadScore(FixtureScoreFile()));
  std::vector<Cell> planned;
  for (auto& score : many) {
    score.cell.teacher_seed = 100 + std::ssize(planned);
    planned.push_back(score.cell);
  }
  const auto cell = CellAt(MapOf(scores, planned), "badnets_grid", "abd");
  BOOST_TEST_REQUIRE(cell.at("seeds").is_object());
  BOOST_TEST(cell.at("seeds").at("items").size() == 2U);
}

// Where the page has no rows, links lead to its table all the same.
BOOST_AUTO_TEST_CASE(without_rows_cells_lead_to_the_table_and_seeds_nowhere) {
  auto scores = ReadScores(Fixtures() / "valid");
  const auto several = CellAt(MapOf(scores, {}, false), "badnets_grid", "abd");
  BOOST_TEST(several.at("seeds").is_null());
  BOOST_TEST(several.at("good").at("page") ==
             site::CellsAddress(scores.front(), "abd", "badnets_grid"));
  const auto failed = CellAt(MapOf(scores, {}, false), "sine", "none").at("bad");
  BOOST_TEST(Contains(failed.at("page").get<std::string>(), "?cell=toy-sine-"));
  BOOST_TEST(Contains(failed.at("page").get<std::string>(), "#toy/cells"));
}

BOOST_AUTO_TEST_CASE(the_undefended_student_has_one_column_whatever_it_is_called) {
  auto scores = ReadScores(Fixtures() / "valid");
  auto absent = scores.front().cell;
  absent.defense = "plain", absent.teacher_seed = 9;
  for (auto& score : scores) {
    if (score.cell.defense == "none") score.cell.defense = "plain";
  }
  const auto columns = MapOf(scores, {absent}).at("heat_columns");
  BOOST_TEST(columns.size() == 4U);
  BOOST_TEST(columns.at(0).at("defense") == "plain");
}

BOOST_AUTO_TEST_CASE(who_stands_aside_is_on_no_front_and_beats_nobody) {
  const std::vector<svg::Mark> marks = {
      {"(collapsed)", 0.01, 0.99, {}, true}, {"good", 0.1, 0.9, {}}, {"beaten", 0.2, 0.9, {}}};
  const std::vector<size_t> expected = {1};
  BOOST_TEST(svg::Front(marks) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_charts_compare_a_collapsed_defence_with_nobody_and_say_so) {
  const auto page = [](std::vector<Score> scores) {
    const auto matrices = ByMatrix(std::move(scores));
    return Templates().Render("page", site::MatrixPageData(site::BoardOf(matrices.at(0))));
  };
  const auto collapsed = page(ToyCollapsed());
  BOOST_TEST(Contains(collapsed, ">(abd)</text>"));
  BOOST_TEST(Contains(collapsed, "not compared: utility collapse in 1 cell. "));
  BOOST_TEST(Contains(collapsed, "ASR % (lower is better); in brackets: not compared"));
  const auto plain = page(ReadScores(Fixtures() / "valid"));
  BOOST_TEST(Contains(plain, ">abd</text>"));
  BOOST_TEST(!Contains(plain, "in brackets: not compared"));
}

BOOST_AUTO_TEST_CASE(reactivation_is_never_averaged_over_several_data_sets) {
  auto scores = ToyAsked();
  for (auto score : ToyAsked()) {
    score.cell.dataset = "other";
    for (auto& tried : score.reactivation) tried.kappa = 4.0;
    scores.push_back(std::move(score));
  }
  const auto rows = site::ReactivationRows(scores).at("items");
  BOOST_TEST_REQUIRE(rows.size() == 8U);
  BOOST_TEST(rows.at(0).at("dataset") == "other");
  BOOST_TEST(rows.at(0).at("kappa").at("text") == "4.00");
  BOOST_TEST(rows.at(4).at("dataset") == "toy");
  BOOST_TEST(rows.at(4).at("cells") == 3);
  BOOST_TEST(rows.at(4).at("kappa").at("text") == "2.00");
}

BOOST_AUTO_TEST_CASE(attacks_without_any_score_stand_below_the_others) {
  const auto scores = ScoresUnder({"blend", "sig"}, {{"abd", {0.1}}, {"none", {0.9}}});
  auto planned = scores.front().cell;
  std::vector<Cell> cells;
  for (const char* attack : {"adba", "lf", "sig"}) {
    planned.attack = attack;
    cells.push_back(planned);
  }
  const auto map = MapOf(scores, cells);
  std::vector<std::string> attacks;
  for (const auto& row : map.at("heat_rows")) attacks.push_back(row.at("attack"));
  BOOST_TEST((attacks == std::vector<std::string>{"blend", "sig", "adba", "lf"}));
}

}  // namespace dfkd::heat_map_test
