// Where the value of an option comes from: default < preset < overrides < entry < --set.
#include <boost/test/unit_test.hpp>

#include "bench/core/registry.h"
#include "tests/matrix/matrix_testing.h"

namespace dfkd::resolve_test {

using namespace testing;  // NOLINT: the helpers of this folder

struct OrderOptions {
  int64_t a, b, c, d, e;
  static void Declare(OptionTable<OrderOptions>& o) {
    o.Add("a", &OrderOptions::a, {.initial = 0}, "left alone");
    o.Add("b", &OrderOptions::b, {.initial = 0}, "set by a preset");
    o.Add("c", &OrderOptions::c, {.initial = 0}, "set by an override too");
    o.Add("d", &OrderOptions::d, {.initial = 0}, "set by the entry too");
    o.Add("e", &OrderOptions::e, {.initial = 0}, "set by --set too");
  }
};

class Ordered {};  // resolved, never made
const bool kRegistered = Register<Ordered>(DefenseCard<OrderOptions>{
    .name = "test_ordered",
    .summary = "every layer of options",
    .presets = {{"fixed", {{"b", 1}, {"c", 1}, {"d", 1}, {"e", 1}}}, {"other", {{"a", 9}}}}});

Json LayeredMatrix() {
  auto json = SmallMatrix();
  BlockOf(json)["defenses"] = {
      {{"id", "mine"}, {"plugin", "test_ordered"}, {"options", {{"d", 3}, {"e", 3}}}}};
  json["overrides"] = {{{"when", {{"attack", "blend"}}},
                        {"set", {{"mine.c", 2}, {"defense.d", 2}, {"test_ordered.e", 2}}}}};
  return json;
}

ResolvedEntry DefenseOf(const Json& json, const std::string& attack, const Json& set = {}) {
  Selection selection;
  if (!set.is_null()) selection.set = set;
  return CellOf(PlanOf(json, selection), attack, "mine").entries->at("defense");
}

BOOST_AUTO_TEST_CASE(later_layers_win_and_every_value_knows_its_origin) {
  BOOST_TEST_REQUIRE(kRegistered);
  const auto entry = DefenseOf(LayeredMatrix(), "blend", {{"test_ordered.e", 4}});
  const Json values = {{"a", 0}, {"b", 1}, {"c", 2}, {"d", 3}, {"e", 4}};
  BOOST_TEST(entry.options == values);
  const Json origins = {
      {"a", "default"}, {"b", "preset fixed"}, {"c", "override 1"}, {"d", "entry"}, {"e", "--set"}};
  BOOST_TEST(entry.origins == origins);
}

// Whatever the spelling of the names: "mine" < "test_ordered" and "defense" < both.
BOOST_AUTO_TEST_CASE(of_two_settings_of_one_option_the_more_special_counts) {
  const auto e = [](const Json& set) {
    return DefenseOf(LayeredMatrix(), "blend", set).options.at("e").get<int64_t>();
  };
  BOOST_TEST(e({{"mine.e", 5}, {"test_ordered.e", 4}}) == 5);
  BOOST_TEST(e({{"defense.e", 6}, {"test_ordered.e", 4}}) == 4);
  auto json = LayeredMatrix();
  json.erase("overrides");
  BlockOf(json)["defenses"][0]["id"] = "a_mine";  // before "defense"
  Selection selection;
  selection.set = {{"a_mine.e", 5}, {"defense.e", 6}};
  const auto cell = CellOf(PlanOf(json, selection), "blend", "a_mine");
  BOOST_TEST(cell.entries->at("defense").options.at("e") == 5);
}

BOOST_AUTO_TEST_CASE(a_setting_of_what_is_not_selected_is_refused) {
  const auto refused = [](const Json& set) {
    Selection selection;
    selection.set = set;
    selection.defenses = {"none"};
    try {
      PlanOf(LayeredMatrix(), selection);
    } catch (const Error& error) {
      return Contains(error.what(), "sets nothing");
    }
    return false;
  };
  BOOST_TEST(refused({{"mine.e", 5}}));
  BOOST_TEST(!refused({{"distiller.rounds", 30}}));
}

BOOST_AUTO_TEST_CASE(an_override_acts_only_when_every_axis_matches_by_id_or_plugin) {
  auto json = LayeredMatrix();
  BOOST_TEST(DefenseOf(json, "none").options.at("c") == 1);
  json["overrides"][0]["when"] = {{"attack", "blend"}, {"distiller", "noise_kd"}};
  BOOST_TEST(DefenseOf(json, "blend").options.at("c") == 2);
  json["overrides"][0]["when"]["distiller"] = "noise";
  BOOST_TEST(DefenseOf(json, "blend").options.at("c") == 2);
  BlockOf(json)["networks"].push_back({{"teacher", "vgg-s-4"}, {"student", "wrn-16-1"}});
  json["overrides"][0]["when"]["student"] = "wrn-16-1";
  BOOST_TEST(DefenseOf(json, "blend").options.at("c") == 1);
}

BOOST_AUTO_TEST_CASE(an_override_with_lists_acts_on_all_combinations_under_its_own_number) {
  auto json = LayeredMatrix();
  BlockOf(json)["networks"].push_back({{"teacher", "vgg-s-4"}, {"student", "wrn-16-1"}});
  json["overrides"] = {
      {{"when", {{"attack", {"none", "blend"}}, {"student", {"vgg-s-2", "wrn-16-1"}}}},
       {"set", {{"mine.c", 2}}}},
      {{"when", {{"attack", "blend"}}}, {"set", {{"mine.c", 3}}}}};
  size_t none = 0;
  for (const auto& cell : PlanOf(json).cells) {
    const auto& defense = cell.entries->at("defense");
    const bool blend = cell.cell.attack == "blend";
    none += blend ? 0 : 1;
    BOOST_TEST(defense.options.at("c") == (blend ? 3 : 2));
    BOOST_TEST(defense.origins.at("c") == std::string(blend ? "override 2" : "override 1"));
  }
  BOOST_TEST(none == 2U);
}

BOOST_AUTO_TEST_CASE(what_an_override_chooses_for_an_attack_is_attack_aware) {
  auto json = LayeredMatrix();
  BOOST_TEST(DefenseOf(json, "blend").attack_aware);
  BOOST_TEST(!DefenseOf(json, "none").attack_aware);
  const auto entries = CellOf(PlanOf(json), "blend", "mine").entries;
  BOOST_TEST(!entries->at("distiller").attack_aware);  // it changed nothing there
  json["overrides"][0]["set"] = {{"attack.alpha", 0.5}};
  BOOST_TEST(!CellOf(PlanOf(json), "blend", "mine").entries->at("attack").attack_aware);
  json["overrides"][0]["set"] = {{"distiller.temperature", 2}};
  BOOST_TEST(CellOf(PlanOf(json), "blend", "mine").entries->at("distiller").attack_aware);
  json["overrides"][0]["when"] = {{"distiller", "noise"}};
  BOOST_TEST(!CellOf(PlanOf(json), "blend", "mine").entries->at("distiller").attack_aware);
}

BOOST_AUTO_TEST_CASE(a_list_is_attack_aware_if_any_part_is) {
  auto json = SmallMatrix();
  const Json part = {{"id", "knows"}, {"plugin", "shuffling_vaccine"}, {"attack_aware", true}};
  const Json list = {part, {{"id", "other"}, {"plugin", "self_retrospection"}}};
  BlockOf(json)["defenses"] = {{{"id", "mine"}, {"parts", list}}};
  const auto entry = DefenseOf(json, "blend");
  BOOST_TEST(entry.attack_aware);
  BOOST_TEST(entry.parts.at(0).attack_aware);
  BOOST_TEST(!entry.parts.at(1).attack_aware);
}

BOOST_AUTO_TEST_CASE(a_composite_and_its_parts_are_attack_aware_together) {
  auto json = SmallMatrix();
  BlockOf(json)["defenses"] = {{{"id", "mine"}, {"plugin", "abd"}}};
  json["overrides"] = {{{"when", {{"attack", "blend"}}}, {"set", {{"mine.sv_layers", 2}}}}};
  const auto entry = DefenseOf(json, "blend");
  BOOST_TEST(entry.attack_aware);
  for (const auto& part : entry.parts) BOOST_TEST(part.attack_aware, part.plugin);
  for (const auto& part : DefenseOf(json, "none").parts) BOOST_TEST(!part.attack_aware);
}

BOOST_AUTO_TEST_CASE(an_override_for_a_defence_sets_options_of_that_defence_only) {
  auto json = LayeredMatrix();
  json["overrides"] = {{{"when", {{"distiller", "noise"}}}, {"set", {{"distiller.rounds", 30}}}},
                       {{"when", {{"defense", "mine"}}}, {"set", Json::object()}}};
  auto& set = json["overrides"][1]["set"];
  for (const char* key : {"defense.c", "mine.c", "test_ordered.c"}) {
    set = {{key, 7}};
    BOOST_TEST(DefenseOf(json, "blend").options.at("c") == 7, key);
  }
  for (const char* key : {"distiller.temperature", "noise.temperature", "attack.alpha"}) {
    set = {{"defense.c", 7}, {key, 0.5}};
    const auto message = MessageOf([&] { PlanOf(json); });
    BOOST_TEST(Contains(message, "/overrides/1/set/" + std::string(key) + ": "), message);
    BOOST_TEST(Contains(message, "mine, test_ordered"), message);
  }
}

BOOST_AUTO_TEST_CASE(another_preset_sets_its_own_values) {
  auto json = LayeredMatrix();
  json["preset"] = "other";
  const auto entry = DefenseOf(json, "none");
  BOOST_TEST(entry.options.at("a") == 9);
  BOOST_TEST(entry.origins.at("a") == "preset other");
  BOOST_TEST(entry.options.at("b") == 0);
}

BOOST_AUTO_TEST_CASE(a_wrong_option_is_told_entry_option_and_range) {
  auto json = SmallMatrix();
  BlockOf(json)["distillers"] = {
      {{"id", "noise"}, {"plugin", "noise_kd"}, {"options", {{"temperature", 1000}}}}};
  auto message = MessageOf([&] { PlanOf(json); });
  for (const char* part : {"distiller noise", "temperature = 1000", "100"}) {
    BOOST_TEST(Contains(message, part), message);
  }
  BlockOf(json)["distillers"][0]["options"] = {{"temprature", 4}};
  message = MessageOf([&] { PlanOf(json); });
  for (const char* part : {"'temprature'", "temperature"}) {
    BOOST_TEST(Contains(message, part), message);
  }
}

// Cuts depend on all registered defences; a setting for the chosen one must not reach the others.
BOOST_AUTO_TEST_CASE(a_setting_for_the_chosen_defence_need_not_fit_the_others) {
  Selection selection;
  selection.defenses = {"sv"};
  selection.set = {{"defense.layers", 2}};
  const auto plan = PlanOf(SmallMatrix(), selection);
  BOOST_TEST(CellOf(plan, "blend", "sv").entries->at("defense").options.at("layers") == 2);
}

BOOST_AUTO_TEST_CASE(a_setting_of_nothing_is_an_error_that_lists_the_names) {
  Selection selection;
  selection.set = {{"distiler.rounds", 3}};
  auto message = MessageOf([&] { PlanOf(SmallMatrix(), selection); });
  for (const char* part : {"--set", "'distiler.rounds'", "distiller", "noise_kd", "sv"}) {
    BOOST_TEST(Contains(message, part), message);
  }
  auto json = SmallMatrix();
  json["overrides"] = {{{"when", Json::object()}, {"set", {{"zskd.rounds", 3}}}}};
  message = MessageOf([&] { PlanOf(json); });
  BOOST_TEST(Contains(message, "/overrides/0/set/zskd.rounds: 'zskd.rounds' sets nothing"),
             message);
}

// A list has no options: what somebody sets for it would be ignored.
BOOST_AUTO_TEST_CASE(a_setting_of_a_list_is_refused_and_its_parts_are_named) {
  auto json = SmallMatrix();
  BlockOf(json)["defenses"] = {{{"id", "clp_abd"}, {"parts", {"clp", "abd"}}}};
  const auto told = [&](const Json& set) {
    Selection selection;
    selection.set = set;
    return MessageOf([&] { PlanOf(json, selection); });
  };
  BOOST_TEST(told({{"clp_abd.u", 3}}) ==
             "--set: 'clp_abd.u' sets nothing: clp_abd is a list; set clp.u or abd.u");
  BOOST_TEST(told({{"clp.u", 3}}) == "");
}

BOOST_AUTO_TEST_CASE(parts_of_a_composite_get_its_options) {
  auto json = SmallMatrix();
  BlockOf(json)["defenses"] = {
      {{"id", "mine"}, {"plugin", "abd"}, {"options", {{"sv_layers", 2}, {"sr_terms", 3}}}}};
  const auto parts = DefenseOf(json, "blend").parts;
  BOOST_TEST_REQUIRE(parts.size() == 2U);
  BOOST_TEST(parts[0].plugin == "shuffling_vaccine");
  BOOST_TEST(parts[0].options.at("layers") == 2);
  BOOST_TEST(parts[1].plugin == "self_retrospection");
  BOOST_TEST(parts[1].options.at("terms") == 3);
}

}  // namespace dfkd::resolve_test
