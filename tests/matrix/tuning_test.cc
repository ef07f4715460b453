#include "bench/scores/tuning.h"

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "tests/matrix/matrix_testing.h"

namespace dfkd::tuning_test {

using namespace testing;  // NOLINT: the helpers of this folder

Json File() {
  auto matrix = SmallMatrix();
  BlockOf(matrix).erase("defenses");
  BlockOf(matrix)["datasets"] = {{{"id", "shapes"}, {"plugin", "shapes"}, {"holdout", 0.2}}};
  for (const char* name : {"schema", "name"}) matrix.erase(name);
  return {{"schema", "tune.v1"},
          {"name", "small"},
          {"kept_acc", 0.9},
          {"settings", 4},
          {"matrix", matrix},
          {"defenses",
           {{{"id", "sv"},
             {"plugin", "shuffling_vaccine"},
             {"options", {{"copies", 2}}},
             {"grid", {{"coefficient", {0.1, 0.2}}, {"layers", {1, 2}}}}},
            {{"id", "clp"}, {"plugin", "clp"}, {"grid", {{"u", {1, 2, 3, 4}}}}}}}};
}

std::string Refusal(const std::function<void(Json&)>& change) {
  auto json = File();
  change(json);
  return MessageOf([&] { ReadTuneFile(json, "file"); });
}

Score ScoreOf(const std::string& defense, double acc, std::optional<double> asr, int64_t seed = 0) {
  Score score;
  score.cell.attack = asr ? "blend" : "none";
  score.cell.distiller = "noise";
  score.cell.defense = defense;
  score.cell.student_seed = seed;
  score.student = StudentScore{acc, asr, std::nullopt, std::nullopt, std::nullopt};
  return score;
}

// An undefended student, and settings of clp with these numbers.
Tuned Choice(std::vector<std::pair<double, double>> clp) {
  std::vector<Score> scores = {ScoreOf("none", 0.8, 0.9)};
  for (size_t i = 0; i < clp.size(); ++i)
    scores.push_back(ScoreOf("clp_" + std::to_string(i + 1), clp[i].first, clp[i].second));
  return ChooseSettings(ReadTuneFile(File(), "file"), scores);
}

BOOST_AUTO_TEST_SUITE(tuning)

BOOST_AUTO_TEST_CASE(a_grid_is_as_many_entries_beside_the_undefended_student) {
  const auto file = ReadTuneFile(File(), "file");
  const auto plan = PlanOf(file.matrix);
  BOOST_TEST(plan.cells.size() == 2U * 9U);
  const auto& entry = CellOf(plan, "blend", "sv_2").entries->at("defense");
  BOOST_TEST(entry.options.at("coefficient") == 0.1);
  BOOST_TEST(entry.options.at("layers") == 2);
  BOOST_TEST(entry.options.at("copies") == 2);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_unfair_or_sees_test_images_is_refused) {
  BOOST_TEST(Contains(Refusal([](Json& json) {
                        json["defenses"][1]["grid"]["u"] = {1, 2};
                      }),
                      "the grid of clp has 2 settings; every defence has 4"));
  BOOST_TEST(
      Contains(Refusal([](Json& json) { json["matrix"]["blocks"][0]["datasets"] = {"shapes"}; }),
               "data set \"shapes\": needs a holdout"));
  BOOST_TEST(
      Contains(Refusal([](Json& json) { json["matrix"]["blocks"][0]["defenses"] = {"none"}; }),
               "blocks have no defenses here"));
  BOOST_TEST(Contains(Refusal([](Json& json) { json.erase("kept_acc"); }), "kept_acc"));
}

BOOST_AUTO_TEST_CASE(of_those_that_keep_the_acc_the_best_is_chosen) {
  const auto tuned = Choice({{0.79, 0.5}, {0.74, 0.1}, {0.5, 0.0}, {0.78, 0.3}});
  BOOST_TEST(*tuned.defenses[1].chosen == 1U);
  BOOST_TEST(tuned.defenses[1].keeps);
}

BOOST_AUTO_TEST_CASE(of_equally_good_settings_the_first_is_chosen) {
  BOOST_TEST(*Choice({{0.5, 0}, {0.78, 0.3}, {0.78, 0.3}, {0.5, 0}}).defenses[1].chosen == 1U);
}

BOOST_AUTO_TEST_CASE(if_none_keeps_the_acc_it_is_the_one_that_keeps_most) {
  const auto tuned = Choice({{0.5, 0.0}, {0.6, 0.9}, {0.3, 0.0}, {0.55, 0.0}});
  BOOST_TEST(*tuned.defenses[1].chosen == 1U);
  BOOST_TEST(!tuned.defenses[1].keeps);
}

BOOST_AUTO_TEST_CASE(a_setting_that_did_not_end_everywhere_is_not_chosen) {
  const auto tuned = Choice({{0.79, 0.5}, {0.79, 0.4}, {0.79, 0.3}});
  BOOST_TEST(*tuned.defenses[1].chosen == 2U);
  BOOST_TEST(!tuned.defenses[0].chosen);
}

BOOST_AUTO_TEST_CASE(the_worst_cell_says_what_is_kept) {
  const auto file = ReadTuneFile(File(), "file");
  const auto tuned =
      ChooseSettings(file, {ScoreOf("none", 0.8, 0.9), ScoreOf("none", 0.8, std::nullopt),
                            ScoreOf("clp_1", 0.8, 0.1), ScoreOf("clp_1", 0.4, std::nullopt)});
  BOOST_TEST(*tuned.defenses[1].settings[0].kept == 0.5);
  BOOST_TEST(std::abs(*tuned.defenses[1].settings[0].merit - 0.7) < 1e-12);
}

BOOST_AUTO_TEST_CASE(the_table_shows_every_setting_and_the_choice_can_be_pasted) {
  const auto file = ReadTuneFile(File(), "file");
  const auto tuned = Choice({{0.79, 0.5}, {0.74, 0.1}, {0.5, 0.0}, {0.78, 0.3}});
  const auto table = TuneTable(file, tuned);
  BOOST_TEST(Contains(table, "| none | 80.0 / 90.0 | 1.00 | -10.0 |\n"), table);
  BOOST_TEST(Contains(table, "| **clp u 2** | 74.0 / 10.0 | 0.92 | 64.0 |\n"), table);
  BOOST_TEST(Contains(table, "| sv coefficient 0.1 layers 1 | - | - | - |\n"), table);
  const Json expected = {{{"id", "clp"}, {"plugin", "clp"}, {"options", {{"u", 2}}}}};
  BOOST_TEST(ChosenEntries(file, tuned) == expected);
}

BOOST_AUTO_TEST_CASE(what_is_shipped_can_be_planned_and_tunes_on_nothing_that_is_reported) {
  const std::string root = DFKD_SOURCE_DIR;
  const auto file = ReadTuneFile(ReadJson(root + "/bench/tunings/fashion.json"), "fashion");
  const auto tuning = Parse(file.matrix);
  BOOST_TEST(TryPlan(tuning).empty());
  const auto reported = Parse(ReadJson(root + "/bench/matrices/fashion.json"));
  std::set<std::string> ids;
  for (const auto& attack : reported.blocks[0].attacks) ids.insert(attack.id);
  for (const auto& attack : tuning.blocks[0].attacks) BOOST_TEST(!ids.contains(attack.id));
  for (const auto seed : tuning.blocks[0].teacher_seeds)
    BOOST_TEST(std::count(reported.blocks[0].teacher_seeds.begin(),
                          reported.blocks[0].teacher_seeds.end(), seed) == 0);
  // The rest has nothing to choose.
  std::set<std::string> left = {"none", "hard_labels", "temperature_1", "temperature_2"};
  for (const auto& defense : file.defenses) BOOST_TEST(left.insert(defense.id).second, defense.id);
  for (const auto& defense : reported.blocks[0].defenses) BOOST_TEST(left.erase(defense.id) == 1U);
  BOOST_TEST(left.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::tuning_test
