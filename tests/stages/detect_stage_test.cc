// What is asked of a teacher before, and of a student after its distillation.
#include <boost/test/unit_test.hpp>

#include "bench/core/detector.h"
#include "bench/stages/metrics.h"
#include "tests/stages/stages_testing.h"

namespace dfkd::detect_stage_test {

using namespace testing;  // NOLINT: the helpers of this folder

struct Copy {
  Laboratory laboratory{ToyTeachers().laboratory};
  const std::string clean = ToyTeachers().clean, poisoned = ToyTeachers().poisoned;

  Json Evaluation(const std::string& model, const Json& reactivation) {
    auto description = EvaluateStage(model, "", "badnets_grid", poisoned).description;
    description.erase("kind"), description.erase("format");
    if (!reactivation.is_null()) description["reactivation"] = reactivation;
    const auto ref = laboratory.Make(MakeStage("evaluate", description));
    return ReadJson(laboratory.store().Open(ref).File("evaluation.json"));
  }
};

BOOST_FIXTURE_TEST_SUITE(detect_stage, Copy)

BOOST_AUTO_TEST_CASE(a_detection_holds_the_verdict_and_what_it_was_made_from) {
  for (const auto& card : DetectorCards()) {
    const auto stage =
        MakeStage("detect", {{"detector", ResolveDetector(card.name, {{"steps", 3}})},
                             {"seed", 0},
                             {"inputs", {{"teacher", poisoned}}}});
    const auto ref = laboratory.Make(stage);
    const Json found = ReadJson(laboratory.store().Open(ref).File("detection.json"));
    BOOST_TEST(found.at("statistic").is_number());
    BOOST_TEST(found.at("suspicious").is_boolean());
    BOOST_TEST(found.at("per_class").size() == 10U);
    BOOST_TEST(found.at("target").get<int64_t>() < 10);
  }
}

BOOST_AUTO_TEST_CASE(a_detection_stops_when_it_is_told_to) {
  const auto stage = MakeStage("detect", {{"detector", ResolveDetector("free_eagle", {})},
                                          {"seed", 0},
                                          {"inputs", {{"teacher", poisoned}}}});
  const auto outcome = laboratory.Run(stage, {}, [] { return true; });
  BOOST_TEST((outcome.status == StageStatus::kInterrupted));
}

BOOST_AUTO_TEST_CASE(a_network_learns_the_trigger_from_a_few_images_and_is_itself_left_alone) {
  const Json how = {{"images", {5, 40}}, {"steps", 60}, {"lr", 0.01}, {"seed", 0}};
  const Json plain = Evaluation(clean, nullptr), tried = Evaluation(clean, how);
  BOOST_TEST(!plain.contains("reactivation"));
  auto without = tried;
  without.erase("reactivation");
  BOOST_TEST(without == plain);
  const auto& list = tried.at("reactivation");
  BOOST_TEST_REQUIRE(list.size() == 2U);
  BOOST_TEST(list[1].at("images") == 40);
  BOOST_TEST(list[1].at("target").at(1) == plain.at("target").at(1));
  BOOST_TEST(list[1].at("clean").at(1) == kTestImages);
  BOOST_TEST(list[1].at("target").at(0).get<int64_t>() > plain.at("target").at(0).get<int64_t>());
}

BOOST_AUTO_TEST_CASE(without_steps_nothing_is_learned_and_with_too_few_images_nothing_is_said) {
  const Json still = {{"images", {5}}, {"steps", 1}, {"lr", 0}, {"seed", 0}};
  const Json tried = Evaluation(clean, still);
  BOOST_TEST(tried.at("reactivation")[0].at("target") == tried.at("target"));
  BOOST_TEST(tried.at("reactivation")[0].at("clean") == tried.at("clean"));
  const Json many = {{"images", {kTrainImages}}, {"steps", 1}, {"lr", 0}, {"seed", 0}};
  BOOST_TEST(Evaluation(clean, many).at("reactivation").is_null());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::detect_stage_test
