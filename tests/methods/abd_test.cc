#include "methods/defenses/abd/abd.h"

#include <boost/test/unit_test.hpp>

namespace dfkd::abd::abd_test {

const PluginCard& Card(const std::string& name) {
  return Registry::Get().Card(PluginKind::kDefense, name);
}

// What the planner would hash for each part of abd, by plugin.
std::map<std::string, Json> PartOptions(const Json& given, const std::string& preset) {
  std::map<std::string, Json> options;
  for (const auto& part : Card("abd").parts(ResolveFor(Card("abd"), given, preset))) {
    options[part.plugin] = ResolveFor(Card(part.plugin), part.options, preset);
  }
  return options;
}

BOOST_AUTO_TEST_CASE(equal_options_of_abd_and_of_its_parts_describe_equal_stages) {
  const Json sv = {{"layers", -2}, {"coefficient", 0.02}, {"late", "drop"}};
  const Json sr = {{"portion", 0.5}, {"units", "pixels"}, {"learning_rate", 1e-3}};
  Json both = Prefixed(sv, "sv_");
  both.update(Prefixed(sr, "sr_"));
  for (const std::string preset : {"", "fixed", "faithful"}) {
    const auto parts = PartOptions(both, preset);
    BOOST_TEST(parts.at("shuffling_vaccine") == ResolveFor(Card("shuffling_vaccine"), sv, preset));
    BOOST_TEST(parts.at("self_retrospection") ==
               ResolveFor(Card("self_retrospection"), sr, preset));
  }
}

BOOST_AUTO_TEST_CASE(the_vaccine_comes_before_retrospection) {
  const auto parts = Card("abd").parts(ResolveFor(Card("abd"), nullptr));
  BOOST_TEST_REQUIRE(parts.size() == 2u);
  BOOST_TEST(parts[0].plugin == "shuffling_vaccine");
  BOOST_TEST(parts[1].plugin == "self_retrospection");
}

BOOST_AUTO_TEST_CASE(the_faithful_preset_keeps_the_quirks_of_the_reference) {
  const auto parts = PartOptions(nullptr, "faithful");
  BOOST_TEST(parts.at("self_retrospection").at("initial_sigma") == 0.0);
  BOOST_TEST(parts.at("self_retrospection").at("update_statistics") == true);
  BOOST_TEST(parts.at("shuffling_vaccine").at("guard_nan") == false);
  BOOST_TEST(PartOptions(nullptr, "")["self_retrospection"].at("initial_sigma") == 1e-3);
}

BOOST_AUTO_TEST_CASE(the_automatic_late_phase_is_short_and_never_longer_than_the_reference) {
  BOOST_TEST(LateRounds(0, 400) == 30);
  BOOST_TEST(LateRounds(0, 5) == 1);
  BOOST_TEST(LateRounds(0, 80000) == 601);
  BOOST_TEST(LateRounds(7000, 80000) == 7000);
}

BOOST_AUTO_TEST_CASE(a_composite_cannot_be_instantiated) {
  BOOST_CHECK_THROW(Registry::Get().Make<Defense>("abd", ResolveFor(Card("abd"), nullptr)), Error);
}

}  // namespace dfkd::abd::abd_test
