// What a plan tells of settings that are not heard.
#include "bench/matrix/shadowed_settings.h"

#include <boost/test/unit_test.hpp>

#include "tests/matrix/matrix_testing.h"

namespace dfkd::shadowed_settings_test {

using namespace testing;  // NOLINT: the helpers of this folder
using Lines = std::vector<std::string>;

// A distiller "noise" with these options, and overrides that hold where the attack is one of the
// second.
Json Overridden(const Json& own, const std::vector<std::pair<Json, std::string>>& overrides) {
  auto json = SmallMatrix();
  auto& block = BlockOf(json);
  block["defenses"] = Json::array({"none"});
  block["distillers"] = {{{"id", "noise"}, {"plugin", "noise_kd"}, {"options", own}}};
  for (const auto& [set, attack] : overrides) {
    const Json when = attack.empty() ? Json{{"dataset", "shapes"}} : Json{{"attack", attack}};
    json["overrides"].push_back({{"when", when}, {"set", set}});
  }
  return json;
}

Lines Told(const Json& json, const Json& set = Json::object()) {
  const auto matrix = Parse(json);
  Selection selection;
  selection.set = set;
  return ShadowedSettings(matrix, selection, PlanOf(json, selection));
}

void RequireLines(const Lines& told, const Lines& expected) {
  BOOST_TEST(told == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_override_that_every_entry_shadows_is_told) {
  const Json four = {{"distiller.temperature", 4}};
  auto json = Overridden({{"temperature", 2}}, {{four, ""}});
  RequireLines(Told(json), {"override 1: distiller.temperature acts on nothing here: noise sets it "
                            "itself, which counts more"});
  BlockOf(json)["distillers"].push_back({{"id", "other"}, {"plugin", "noise_kd"}});
  RequireLines(Told(json), {"override 1: distiller.temperature acts on a part of what it names: "
                            "noise sets it itself, which counts more"});
  RequireLines(Told(Overridden(Json::object(), {{four, ""}})), {});
}

BOOST_AUTO_TEST_CASE(an_override_may_give_way_in_some_cells_but_not_in_all) {
  const Json four = {{"distiller.temperature", 4}}, two = {{"noise.temperature", 2}};
  RequireLines(Told(Overridden(Json::object(), {{four, ""}, {two, "blend"}})), {});
  RequireLines(Told(Overridden(Json::object(), {{four, "blend"}, {two, ""}})),
               {"override 1: distiller.temperature acts on nothing here: for noise, override 2 "
                "counts"});
}

BOOST_AUTO_TEST_CASE(of_two_settings_that_name_one_option_the_one_that_is_not_heard_is_told) {
  const Json both = {{"distiller.temperature", 4}, {"noise.temperature", 2}};
  RequireLines(Told(Overridden(Json::object(), {{both, ""}})),
               {"override 1: distiller.temperature acts on nothing here: for noise, "
                "noise.temperature counts"});
  RequireLines(Told(Overridden(Json::object(), {}), both),
               {"settings: distiller.temperature acts on nothing here: for noise, "
                "noise.temperature counts"});
}

BOOST_AUTO_TEST_CASE(what_gives_way_to_the_command_line_is_not_told) {
  const Json four = {{"distiller.temperature", 4}};
  const auto json = Overridden(Json::object(), {{four, ""}});
  RequireLines(Told(json, {{"distiller.temperature", 3}}), {});
}

}  // namespace dfkd::shadowed_settings_test
