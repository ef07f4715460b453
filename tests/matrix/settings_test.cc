// Settings of a matrix file: what a run has written is to be run again.
#include "bench/matrix/settings.h"

#include <boost/test/unit_test.hpp>

#include "bench/core/registry.h"
#include "bench/io/file.h"
#include "bench/matrix/check_matrix.h"
#include "bench/matrix/preset.h"
#include "bench/scores/validate.h"
#include "tests/matrix/matrix_testing.h"

namespace dfkd::settings_test {

using namespace testing;  // NOLINT: the helpers of this folder

// noise_kd has an option lr, zskt has none.
Json TwoDistillers() {
  auto json = SmallMatrix();
  BlockOf(json)["distillers"].push_back("zskt");
  return json;
}

Json With(Json json, const Json& settings) {
  json["settings"] = settings;
  return json;
}

const PlannedCell& FirstOf(const Plan& plan, const std::string& distiller) {
  for (const auto& cell : plan.cells) {
    if (cell.cell.distiller == distiller) return cell;
  }
  throw MakeError("no cell of {}", distiller);
}

BOOST_AUTO_TEST_CASE(a_setting_of_a_kind_is_for_the_entries_that_have_the_option) {
  const auto json = With(TwoDistillers(), {{"distiller.lr", 0.5}, {"distiller.temperature", 2}});
  BOOST_TEST(CheckMatrix(json).empty());
  const auto plan = PlanOf(json);
  const auto options = [&](const char* distiller) {
    return FirstOf(plan, distiller).entries->at("distiller").options;
  };
  BOOST_TEST(options("noise").at("lr") == 0.5);
  BOOST_TEST(!options("zskt").contains("lr"));
  for (const char* distiller : {"noise", "zskt"})
    BOOST_TEST(options(distiller).at("temperature") == 2, distiller);
}

BOOST_AUTO_TEST_CASE(parts_of_a_list_hear_what_they_have_an_option_for) {
  auto json = With(SmallMatrix(), {{"defense.u", 2}});
  BlockOf(json)["defenses"] = {"none", {"clp", "abd"}};
  BOOST_TEST(CheckMatrix(json).empty());
  const auto plan = PlanOf(json);
  const auto& defense = CellOf(plan, "blend", "clp+abd").entries->at("defense");
  BOOST_TEST(defense.options.at("clp").at("u") == 2);
}

BOOST_AUTO_TEST_CASE(what_a_run_of_some_entries_has_set_runs_again_with_and_without_selection) {
  Selection selection;
  selection.distillers = {"noise"};
  selection.set = {{"distiller.lr", 0.5}};
  auto matrix = Parse(TwoDistillers());
  const auto first = PlanOf(TwoDistillers(), selection);
  UseSettings(selection.set, matrix);
  selection.set = Json::object();
  const auto written = matrix.source;
  const auto again = PlanOf(written, selection), all = PlanOf(written);
  const auto student = [](const Plan& plan) { return plan.Ref(FirstOf(plan, "noise").student); };
  BOOST_TEST(student(again) == student(first));
  BOOST_TEST(student(all) == student(first));
  BOOST_TEST(all.cells.size() == 2 * again.cells.size());
}

BOOST_AUTO_TEST_CASE(a_setting_of_a_kind_that_no_entry_has_an_option_for_is_an_error) {
  const auto problems = CheckMatrix(With(TwoDistillers(), {{"distiller.temprature", 2}}));
  BOOST_TEST_REQUIRE(problems.size() == 1U);
  BOOST_TEST(problems[0].path == "/settings/distiller.temprature");
  const auto& reason = problems[0].reason;
  BOOST_TEST(Contains(reason, "no distiller has an option 'temprature'"), reason);
  BOOST_TEST(Contains(reason, "did you mean temperature?"), reason);
  const auto message = MessageOf([&] {
    PlanOf(With(TwoDistillers(), {{"distiller.temprature", 2}}));
  });
  BOOST_TEST(Contains(message, "/settings/distiller.temprature: "), message);
}

// They speak of what they name, which cannot be meant otherwise.
BOOST_AUTO_TEST_CASE(a_setting_of_a_plugin_and_of_the_command_line_must_fit_all_that_it_names) {
  const auto of_plugin = MessageOf([&] { PlanOf(With(TwoDistillers(), {{"zskt.lr", 0.5}})); });
  BOOST_TEST(Contains(of_plugin, "/settings/zskt.lr: distiller zskt: unknown key 'lr'"), of_plugin);
  Selection selection;
  selection.set = {{"distiller.lr", 0.5}};
  const auto of_flag = MessageOf([&] { PlanOf(TwoDistillers(), selection); });
  BOOST_TEST(Contains(of_flag, "unknown key 'lr'"), of_flag);
  const auto of_value = MessageOf([&] { PlanOf(With(TwoDistillers(), {{"distiller.lr", "a"}})); });
  BOOST_TEST(Contains(of_value, "/settings/distiller.lr: "), of_value);
}

// A run may have had it beside those of the file, and does not write it there.
BOOST_AUTO_TEST_CASE(a_setting_may_be_of_a_defence_that_may_join_the_matrix) {
  Selection selection;
  selection.defenses = {"none", "clp"};
  for (const char* setting : {"clp.u", "defense.u"}) {
    const auto json = With(SmallMatrix(), {{setting, 2}});
    BOOST_TEST(CheckMatrix(json).empty(), setting);
    BOOST_TEST(MessageOf([&] { PlanOf(json); }) == "", setting);
    const auto cell = CellOf(PlanOf(json, selection), "blend", "clp");
    BOOST_TEST(cell.entries->at("defense").options.at("u") == 2, setting);
  }
}

// Whose plugins are all here is to be run again, beside scores as elsewhere.
BOOST_AUTO_TEST_CASE(validate_holds_a_matrix_beside_scores_to_what_run_takes_if_it_could_run_it) {
  const auto told = [](const Json& json) {
    WriteFileAtomically("beside_scores/matrix.json", json.dump());
    return ValidateFile("beside_scores/matrix.json").size();
  };
  BOOST_TEST(told(With(TwoDistillers(), {{"distiller.lr", 0.5}})) == 0U);
  auto json = With(TwoDistillers(), {{"zskt.lr", 0.5}});
  BOOST_TEST(told(json) == 1U);
  BlockOf(json)["attacks"].push_back("their_own");
  BOOST_TEST(told(json) == 0U);
  json = TwoDistillers();
  json["preset"] = "theirs";
  BOOST_TEST(told(json) == 1U);
}

}  // namespace dfkd::settings_test
