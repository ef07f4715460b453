#include "bench/scores/tuning.h"

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "bench/core/registry.h"
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

// sv_2 is chosen, which keeps 0.74 of 0.8; clp is to match it.
Tuned Matched(const std::vector<double>& clp) {
  auto json = File();
  json["defenses"][1]["match"] = "sv";
  std::vector<Score> scores = {ScoreOf("none", 0.8, 0.9), ScoreOf("sv_1", 0.8, 0.9),
                               ScoreOf("sv_2", 0.74, 0.1), ScoreOf("sv_3", 0.6, 0.0)};
  for (size_t i = 0; i < clp.size(); ++i)
    scores.push_back(ScoreOf("clp_" + std::to_string(i + 1), clp[i], 0.1 * static_cast<double>(i)));
  const auto file = ReadTuneFile(json, "file");
  const auto tuned = ChooseSettings(file, scores);
  const auto table = TuneTable(file, tuned);
  BOOST_TEST(Contains(table,
                      "; of clp, the one whose ACC is nearest to that of the chosen one of "
                      "sv, on average over the cells."));
  const auto said =
      tuned.defenses[1].keeps ? "** (matches sv, up to " : "** (no match of sv, up to ";
  if (tuned.defenses[1].chosen) BOOST_TEST(Contains(table, said), table);
  return tuned;
}

BOOST_AUTO_TEST_CASE(a_defence_that_matches_another_has_the_setting_of_the_nearest_acc) {
  // By merit it would be the first.
  const auto tuned = Matched({0.79, 0.77, 0.73, 0.4});
  BOOST_TEST(*tuned.defenses[0].chosen == 1U);
  BOOST_TEST(*tuned.defenses[1].chosen == 2U);
  BOOST_TEST(tuned.defenses[1].keeps);
  BOOST_TEST(*Matched({0.4, 0.5}).defenses[1].chosen == 1U);  // below what the others have to keep
  BOOST_TEST(*Matched({0.8, 0.7, 0.7}).defenses[1].chosen == 1U);
  BOOST_TEST(!Matched({}).defenses[1].chosen);
  BOOST_TEST(!Matched({0.4, 0.5}).defenses[1].keeps);  // 24 points are no match
  BOOST_TEST(*Matched({0.4, 0.5}).defenses[1].apart == 0.24, boost::test_tools::tolerance(1e-9));
}

// Both keep 0.7 of 0.8 at worst, the first in the wrong cell.
BOOST_AUTO_TEST_CASE(a_match_is_one_of_every_cell_and_not_of_the_worst_of_each) {
  auto json = File();
  json["defenses"][1]["match"] = "sv";
  std::vector<Score> scores;
  const auto add = [&](const std::string& defense, double first, double second) {
    scores.push_back(ScoreOf(defense, first, 0.1, 0));
    scores.push_back(ScoreOf(defense, second, 0.1, 1));
  };
  add("none", 0.8, 0.8);
  add("sv_1", 0.7, 0.8);
  add("clp_1", 0.8, 0.7);
  add("clp_2", 0.69, 0.79);
  const auto tuned = ChooseSettings(ReadTuneFile(json, "file"), scores);
  BOOST_TEST(*tuned.defenses[0].chosen == 0U);
  BOOST_TEST(*tuned.defenses[1].chosen == 1U);
  BOOST_TEST(tuned.defenses[1].keeps);
}

BOOST_AUTO_TEST_CASE(nothing_matches_a_defence_of_which_nothing_was_chosen) {
  auto json = File();
  json["defenses"][1]["match"] = "sv";
  const auto tuned = ChooseSettings(ReadTuneFile(json, "file"),
                                    {ScoreOf("none", 0.8, 0.9), ScoreOf("clp_1", 0.8, 0.1)});
  BOOST_TEST(!tuned.defenses[1].chosen);
}

BOOST_AUTO_TEST_CASE(what_a_defence_is_to_match_is_another_one_chosen_by_merit) {
  for (const char* other : {"gone", "none"}) {
    BOOST_TEST(Contains(Refusal([&](Json& json) { json["defenses"][1]["match"] = other; }),
                        "is no defence of this file"));
  }
  BOOST_TEST(Contains(Refusal([](Json& json) { json["defenses"][1]["match"] = "clp"; }),
                      "clp is to match clp, whose own setting is chosen by a match"));
  BOOST_TEST(Contains(Refusal([](Json& json) { json["defenses"][1]["match"] = 3; }), "match"));
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

// Each attack with all of its options but the target.
std::vector<std::string> EntriesButForTarget(const Matrix& matrix) {
  std::vector<std::string> entries;
  for (const auto& attack : matrix.blocks[0].attacks) {
    const auto cards = Registry::Get().Cards(PluginKind::kAttack);
    const auto card = std::find_if(cards.begin(), cards.end(),
                                   [&](const auto* one) { return one->name == attack.plugin; });
    BOOST_TEST_REQUIRE((card != cards.end()), attack.plugin);
    auto options = ResolveFor(**card, attack.options);
    options.erase("target");
    entries.push_back(attack.plugin + " " + options.dump());
  }
  return entries;
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
  // Nor on a trigger of the same look under another name.
  for (const auto& theirs : EntriesButForTarget(reported)) {
    for (const auto& ours : EntriesButForTarget(tuning)) BOOST_TEST(ours != theirs, ours);
  }
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
