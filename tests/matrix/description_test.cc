#include "bench/matrix/description.h"

#include <boost/test/unit_test.hpp>

namespace dfkd::description_test {

BOOST_AUTO_TEST_SUITE(description)

BOOST_AUTO_TEST_CASE(a_stage_put_together_is_the_one_that_its_json_describes) {
  Plan plan, other;
  const auto teacher = plan.Add("teacher", {{"seed", 1}}).first;
  other.Add("teacher", {{"seed", 1}});
  const Json options = {{"name", "a \"quoted\"\n\u00e9"}, {"rates", {0.1, 1e-7, 2}}};
  const auto shared = Canonical(options);
  Description description("distill");
  description.SetText("options", shared)
      .Set("attack", nullptr)
      .SetNumber("seed", -3)
      .Input("transfer_set", kNoStage)
      .Input("teacher", teacher);
  BOOST_TEST(description.Reads("teacher"));
  BOOST_TEST(!description.Reads("transfer_set"));
  const auto [id, added] = description.AddTo(plan);
  const auto same = other.Add(
      "distill", {{"options", options},
                  {"attack", nullptr},
                  {"seed", -3},
                  {"inputs", {{"teacher", plan.Ref(teacher)}, {"transfer_set", nullptr}}}});
  BOOST_TEST(added);
  BOOST_TEST(plan.At(id).stage.text == other.At(same.first).stage.text);
  BOOST_TEST(plan.Ref(id) == other.Ref(same.first));
  BOOST_TEST(plan.At(id).inputs == other.At(same.first).inputs, boost::test_tools::per_element());
}

// Longer than what a description has room for at first, whatever the order.
BOOST_AUTO_TEST_CASE(members_may_be_long_and_come_in_any_order) {
  Plan plan, other;
  const Json text = std::string(5000, 'x');
  Description description("distill");
  description.SetWord("word", "fast").Set("b", text).SetNumber("a", 7).Set("c", text);
  Json json = {{"word", "fast"}, {"a", 7}, {"b", text}, {"c", text}};
  for (char name = 'd'; name < 'w'; ++name) json[std::string(1, name)] = name;
  const auto names = json;
  for (const auto& [name, value] : names.items()) {
    if (name >= "d" && name.size() == 1) description.SetNumber(name, value);
  }
  const auto id = description.AddTo(plan).first;
  BOOST_TEST(plan.At(id).stage.text == other.At(other.Add("distill", json).first).stage.text);
}

BOOST_AUTO_TEST_CASE(a_stage_without_members_or_inputs_is_one_too) {
  Plan plan, other;
  const auto id = Description("import").AddTo(plan).first;
  BOOST_TEST(plan.Ref(id) == other.Ref(other.Add("import", Json::object()).first));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::description_test
