// What a tuning file may not say, and what is chosen with the options that ran.
#include <boost/test/unit_test.hpp>

#include "bench/scores/tuning.h"
#include "tests/scores/fixtures.h"

namespace dfkd::tuning_file_test {

Json File() {
  return Json::parse(R"({"schema": "tune.v1", "name": "small", "kept_acc": 0.5, "settings": 2,
    "matrix": {"blocks": [{"datasets": [{"id": "shapes", "holdout": 0.2}]}]},
    "defenses": [{"id": "mine", "plugin": "clp", "grid": {"u": [1, 2]}}]})");
}

std::string Refusal(const std::string& member, const Json& value) {
  auto json = File();
  json["matrix"][member] = value;
  return MessageOf([&] { ReadTuneFile(json, "file"); });
}

Score Ran(const std::string& defense, double acc, double asr, const Json& options) {
  Score score;
  score.cell.attack = "blend";
  score.cell.defense = defense;
  score.student = StudentScore{acc, asr, std::nullopt, std::nullopt, std::nullopt};
  score.entries["defense"] = {.plugin = "clp", .options = options};
  return score;
}

BOOST_AUTO_TEST_SUITE(tuning_file)

BOOST_AUTO_TEST_CASE(nothing_else_sets_what_a_grid_varies) {
  BOOST_TEST(MessageOf([] { ReadTuneFile(File(), "file"); }) == "no error");
  for (const char* name : {"defense.u", "clp.u", "mine_2.u"}) {
    BOOST_TEST(Refusal("settings", {{name, 3}}) ==
               fmt::format("file: /matrix/settings/{}: the grid of mine varies u; leave it to the "
                           "grid",
                           name));
    const Json item = {{"when", {{"attack", "blend"}}}, {"set", {{name, 3}}}};
    BOOST_TEST(Contains(Refusal("overrides", Json::array({item})), "/matrix/overrides/0/set/"));
  }
  BOOST_TEST(Refusal("settings", {{"distiller.u", 3}, {"clp.other", 1}}) == "no error");
}

BOOST_AUTO_TEST_CASE(a_grid_names_no_value_twice) {
  auto json = File();
  json["defenses"][0]["grid"]["u"] = {2, 2.0};
  BOOST_TEST(Contains(MessageOf([&] { ReadTuneFile(json, "file"); }),
                      "the grid of mine has u = 2 more than once"));
}

BOOST_AUTO_TEST_CASE(a_choice_has_the_options_with_which_it_ran) {
  const auto file = ReadTuneFile(File(), "file");
  const Json all = {{"u", 2}, {"layers", 4}};
  std::vector<Score> scores = {Ran("none", 0.8, 0.9, Json::object()),
                               Ran("mine_1", 0.8, 0.5, {{"u", 1}}), Ran("mine_2", 0.8, 0.1, all)};
  const auto chosen = [&] { return ChosenEntries(file, ChooseSettings(file, scores)).at(0); };
  BOOST_TEST(chosen().at("options") == all);
  // An override gave each attack others: then the file says what was asked for.
  scores.push_back(Ran("mine_2", 0.8, 0.1, {{"u", 2}, {"layers", 5}}));
  scores.back().cell.student_seed = 1;
  const Json asked = {{"u", 2}};
  BOOST_TEST(chosen().at("options") == asked);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::tuning_file_test
