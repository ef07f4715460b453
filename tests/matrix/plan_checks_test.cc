// What a plan refuses because of the images that are here, before hours are spent on it.
#include <boost/test/unit_test.hpp>

#include "tests/matrix/matrix_testing.h"

namespace dfkd::plan_checks_test {

using namespace testing;  // NOLINT: the helpers of this folder

std::string Planned(const Json& json, std::optional<int64_t> images,
                    const Json& set = Json::object()) {
  Selection selection;
  selection.set = set;
  return MessageOf([&] { PlanOf(json, selection, std::string(64, 'a'), images); });
}

Json Attacked(const Json& options) {
  auto json = SmallMatrix();
  Json attack = {{"id", "mark"}, {"plugin", "badnets_grid"}, {"options", options}};
  BlockOf(json)["attacks"] = Json::array({std::move(attack)});
  return json;
}

BOOST_AUTO_TEST_CASE(a_target_that_is_no_class_is_refused_unless_it_has_no_influence) {
  BOOST_TEST(Planned(Attacked({{"target", 9}}), std::nullopt) == "");
  BOOST_TEST(Planned(Attacked({{"target", 10}}), std::nullopt) ==
             "small: /blocks/0/attacks/0/options/target: attack mark: target = 10; data set shapes "
             "has 10 classes: at most 9");
  BOOST_TEST(Planned(Attacked({{"target", 10}, {"labels", "all_to_all"}}), std::nullopt) == "");
  const auto set = Planned(Attacked(Json::object()), std::nullopt, {{"mark.target", 12}});
  BOOST_TEST(set.starts_with("small: /blocks/0/attacks/0: attack mark: target = 12"), set);
}

BOOST_AUTO_TEST_CASE(an_attack_that_leaves_no_image_clean_is_refused) {
  BOOST_TEST(Planned(Attacked({{"poison_rate", 0.99}}), std::nullopt) == "");
  BOOST_TEST(
      Planned(Attacked({{"poison_rate", 1}}), std::nullopt) ==
      "small: /blocks/0/attacks/0/options/poison_rate: attack mark: poison_rate = 1.0 leaves "
      "no training image clean; give less than 1");
  const auto with = [](const std::string& plugin, const Json& options) {
    auto json = SmallMatrix();
    BlockOf(json)["attacks"] = {{{"id", "it"}, {"plugin", plugin}, {"options", options}}};
    return Planned(json, std::nullopt);
  };
  BOOST_TEST(with("wanet", {{"poison_rate", 0.24}, {"decoy_ratio", 3}}) == "");
  const auto decoys = with("wanet", {{"poison_rate", 0.25}, {"decoy_ratio", 3}});
  BOOST_TEST(decoys.ends_with("attack it: poison_rate = 0.25, with decoy_ratio = 3.0 leaves no "
                              "training image clean; give less than 0.25"),
             decoys);
  BOOST_TEST(with("sig", {{"poison_rate", 1}}) == "");  // the images of its target, no others
}

BOOST_AUTO_TEST_CASE(a_batch_of_the_teacher_must_fit_into_the_training_images) {
  auto json = SmallMatrix();
  json["teacher"] = {{"batch_size", 64}};
  BOOST_TEST(Planned(json, 64) == "");
  BOOST_TEST(Planned(json, std::nullopt) == "");
  BOOST_TEST(Planned(json, 63) ==
             "small: /teacher/batch_size: batch_size = 64: data set shapes has 63 training images; "
             "at most 63");
}

BOOST_AUTO_TEST_CASE(reactivation_must_find_twice_its_images_in_the_training_set) {
  auto json = SmallMatrix();
  const auto planned = [&](int64_t most) {
    BlockOf(json)["reactivation"] = {{"images", {5, most}}};
    return Planned(json, 601);
  };
  BOOST_TEST(planned(300) == "");
  const auto message = planned(301);
  BOOST_TEST(message.starts_with("small: /blocks/0/reactivation/images/1: images = 301"), message);
  BOOST_TEST(message.ends_with("at most 300"), message);
}

}  // namespace dfkd::plan_checks_test
