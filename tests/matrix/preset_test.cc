// `--preset faithful`: the same matrix, and results that cannot be taken for its own.
#include "bench/matrix/preset.h"

#include <boost/test/unit_test.hpp>

#include "tests/matrix/matrix_testing.h"

namespace dfkd::preset_test {

using namespace testing;  // NOLINT: the helpers of this folder

Json WithOverrides() {
  auto json = SmallMatrix();  // its distiller is {"id": "noise", "plugin": "noise_kd"}
  BlockOf(json)["distillers"].push_back("zskt");
  json["overrides"] = {{{"when", {{"distiller", "noise"}}}, {"set", {{"noise.lr", 0.5}}}},
                       {{"when", {{"distiller", {"zskt", "noise"}}}},
                        {"set", {{"distiller.rounds", 50}, {"zskt.latent", 7}}}}};
  return json;
}

BOOST_AUTO_TEST_CASE(another_preset_changes_names_and_nothing_else_of_what_runs) {
  const auto plan = PlanOf(UsePreset(WithOverrides(), "faithful"));
  const auto plain = PlanOf(WithOverrides());
  BOOST_TEST(plan.matrix == "small_faithful");
  BOOST_TEST_REQUIRE(plan.cells.size() == plain.cells.size());
  for (size_t i = 0; i < plan.cells.size(); ++i) {
    BOOST_TEST(plan.cells[i].cell.distiller == plain.cells[i].cell.distiller + "_faithful");
    BOOST_TEST(plan.cells[i].cell.defense == plain.cells[i].cell.defense);
    const auto& ours = plan.cells[i].entries->at("distiller").options;
    BOOST_TEST(ours == plain.cells[i].entries->at("distiller").options);
    const bool zskt = plan.cells[i].cell.distiller == "zskt_faithful";
    BOOST_TEST(ours.at("rounds") == (zskt ? 50 : 40));  // an entry's own options win
    if (ours.contains("latent")) BOOST_TEST(ours.at("latent") == 7);
    if (plan.cells[i].cell.distiller == "noise_faithful") BOOST_TEST(ours.at("lr") == 0.5);
  }
  // noise_kd has no quirks, SR has; blend has, in the choice of what it poisons.
  const auto same = [&](const char* attack, const char* defense, StageId PlannedCell::*model) {
    return plan.Ref(CellOf(plan, attack, defense).*model) ==
           plain.Ref(CellOf(plain, attack, defense).*model);
  };
  BOOST_TEST(same("none", "none", &PlannedCell::student));
  BOOST_TEST(!same("none", "sr", &PlannedCell::student));
  BOOST_TEST(!same("blend", "none", &PlannedCell::teacher));
}

// A name in `when` means every distiller of a plugin; one in `set`, too, unless it is an id only.
BOOST_AUTO_TEST_CASE(two_distillers_of_a_plugin_keep_what_is_set_for_both_and_for_one) {
  auto json = SmallMatrix();
  BlockOf(json)["distillers"] = {"zskt", {{"id", "zskt_b"}, {"plugin", "zskt"}}};
  json["overrides"] = {
      {{"when", {{"distiller", "zskt"}}}, {"set", {{"distiller.rounds", 50}}}},
      {{"when", {{"distiller", "zskt_b"}}}, {"set", {{"zskt_b.student_lr", 0.5}}}}};
  json["settings"] = {{"zskt_b.latent", 9}, {"zskt.batch_size", 16}};
  const auto plan = PlanOf(UsePreset(json, "faithful")), plain = PlanOf(json);
  BOOST_TEST_REQUIRE(plan.cells.size() == plain.cells.size());
  for (size_t i = 0; i < plan.cells.size(); ++i) {
    const auto& ours = plan.cells[i].entries->at("distiller").options;
    const auto& theirs = plain.cells[i].entries->at("distiller").options;
    BOOST_TEST(ours.at("rounds") == 50, plan.cells[i].id);
    for (const char* option : {"student_lr", "latent", "batch_size"})
      BOOST_TEST(ours.at(option) == theirs.at(option), plan.cells[i].id << " " << option);
  }
}

BOOST_AUTO_TEST_CASE(its_own_preset_or_none_leaves_a_matrix_as_it_is) {
  const auto json = WithOverrides();
  BOOST_TEST(UsePreset(json, "") == json);
  BOOST_TEST(UsePreset(json, "fixed") == json);
}

BOOST_AUTO_TEST_CASE(distillers_are_selected_by_the_ids_of_the_file) {
  const auto matrix = Parse(UsePreset(WithOverrides(), "faithful"));
  const std::vector<std::string> expected = {"noise_faithful", "zskt_faithful", "cmi"};
  BOOST_TEST(WithPreset({"noise", "zskt_faithful", "cmi"}, matrix) == expected,
             boost::test_tools::per_element());
  BOOST_TEST(WithPreset({"noise"}, Parse(WithOverrides()))[0] == "noise");
}

BOOST_AUTO_TEST_CASE(settings_make_another_matrix_that_says_so) {
  auto matrix = Parse(WithOverrides());
  const auto name = matrix.name;
  UseSettings(Json::object(), matrix);
  BOOST_TEST(matrix.name == name);
  UseSettings({{"distiller.rounds", 20}}, matrix);
  BOOST_TEST(matrix.name == name + "_distiller.rounds_20");
  BOOST_TEST(matrix.source.at("name") == matrix.name);
  BOOST_TEST(Parse(matrix.source).settings == matrix.settings);
  // The same again is no other experiment.
  const auto once = matrix.name;
  UseSettings({{"distiller.rounds", 20}}, matrix);
  BOOST_TEST(matrix.name == once);
  // Whatever is in a value, the name is short, safe and its own.
  std::set<std::string> names;
  for (const char* file : {"/a/b.png", "_a_b.png", "/a b.png"}) {
    auto other = Parse(WithOverrides());
    UseSettings({{"attack.file", file}, {"distiller.rounds", 20}}, other);
    BOOST_TEST(other.name.find_first_of("/ ") == std::string::npos, other.name);
    BOOST_TEST(names.insert(other.name).second, other.name);
  }
}

BOOST_AUTO_TEST_CASE(settings_of_the_file_stand_above_entries_and_below_the_command_line) {
  auto json = WithOverrides();
  BlockOf(json)["attacks"] = {{{"id", "b"}, {"plugin", "blend"}, {"options", {{"alpha", 0.1}}}}};
  json["settings"] = {{"attack.alpha", 0.2}};
  const auto alpha = [&](const Selection& selection) {
    const auto plan = PlanOf(json, selection);
    return plan.cells.at(0).entries->at("attack").options.at("alpha").get<double>();
  };
  BOOST_TEST(alpha({}) == 0.2);
  BOOST_TEST(PlanOf(json).cells.at(0).entries->at("attack").origins.at("alpha") == "settings");
  Selection above;
  above.set = {{"attack.alpha", 0.3}};
  BOOST_TEST(alpha(above) == 0.3);
}

BOOST_AUTO_TEST_CASE(what_is_no_matrix_is_left_to_the_parser) {
  for (const Json& wrong : {Json(7), Json::array(), Json{{"name", 3}},
                            Json{{"name", "x"}, {"blocks", {7, {{"distillers", 3}}}}},
                            Json{{"name", "x"}, {"overrides", {7, {{"when", 3}}}}}}) {
    BOOST_CHECK_NO_THROW(UsePreset(wrong, "faithful"));
  }
}

}  // namespace dfkd::preset_test
