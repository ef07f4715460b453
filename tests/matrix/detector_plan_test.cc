// Detectors and reactivation in a matrix: what they add to a plan, and that they change nothing.
#include <boost/test/unit_test.hpp>

#include "bench/matrix/check_matrix.h"
#include "tests/matrix/matrix_testing.h"

namespace dfkd::detector_plan_test {

using namespace testing;  // NOLINT: the helpers of this folder

Json Asking() {
  auto json = SmallMatrix();
  BlockOf(json)["detectors"] = {
      "mm_bd", {{"id", "quick"}, {"plugin", "free_eagle"}, {"options", {{"steps", 10}}}}};
  return json;
}

BOOST_AUTO_TEST_CASE(every_teacher_is_asked_once_by_every_detector_and_nothing_else_changes) {
  const auto plain = PlanOf(SmallMatrix()), asking = PlanOf(Asking());
  BOOST_TEST(Refs(asking, "detect/").size() == 4U);  // two teachers, two detectors
  BOOST_TEST(asking.stages.size() == plain.stages.size() + 4);
  for (const auto& planned : plain.stages)
    BOOST_TEST(asking.Find(planned.stage.ref) != kNoStage, planned.title);
  const auto& cell = CellOf(asking, "blend", "abd");
  BOOST_TEST_REQUIRE(cell.detections->size() == 2U);
  const auto& quick = cell.detections->at(1);
  BOOST_TEST(quick.detector == "quick");
  BOOST_TEST(asking.At(quick.teacher).inputs.front() == cell.teacher);
  BOOST_TEST(asking.At(quick.clean_teacher).inputs.front() == cell.clean_teacher);
  const auto key = asking.At(quick.teacher).stage.description().at("detector");
  BOOST_TEST(key.at("options").at("steps") == 10);
  BOOST_TEST(key.at("options").at("threshold") == 2);
  const auto& clean = CellOf(asking, "none", "abd").detections->at(1);
  BOOST_TEST(clean.teacher == quick.clean_teacher);
  BOOST_TEST(clean.clean_teacher == kNoStage);
  BOOST_TEST(!CellOf(plain, "blend", "abd").detections);
}

BOOST_AUTO_TEST_CASE(a_poisoned_teacher_is_asked_behind_its_gate_and_a_clean_one_always) {
  const auto plan = PlanOf(Asking());
  const auto& said = CellOf(plan, "blend", "none").detections->front();
  BOOST_TEST(plan.At(said.teacher).gate.has_value());
  BOOST_TEST(!plan.At(said.clean_teacher).gate.has_value());
  const auto needed = NeededStages(plan, [](StageId) { return false; });
  for (const auto id : DetectionsOf(CellOf(plan, "blend", "none")))
    BOOST_TEST(std::count(needed.begin(), needed.end(), id) == 1);
}

BOOST_AUTO_TEST_CASE(students_are_tried_under_an_attack_and_so_is_the_floor) {
  auto json = SmallMatrix();
  BlockOf(json)["reactivation"] = {{"images", {20}}};
  const auto plan = PlanOf(json);
  const auto tried = [&](StageId id) {
    return plan.At(id).stage.description().value("reactivation", Json());
  };
  const auto& cell = CellOf(plan, "blend", "abd");
  const auto& how = tried(cell.student_evaluation);
  BOOST_TEST(how ==
             (Json{{"images", {20}}, {"steps", 50}, {"lr", 0.01}, {"seed", 0}, {"revision", 2}}));
  BOOST_TEST(tried(cell.floor_evaluation) == how);
  BOOST_TEST(tried(cell.undefended_evaluation) == how);
  BOOST_TEST(tried(cell.teacher_evaluation).is_null());
  BOOST_TEST(tried(CellOf(plan, "none", "abd").student_evaluation).is_null());
}

std::string Refusal(const char* member, const Json& value) {
  auto json = SmallMatrix();
  BlockOf(json)[member] = value;
  const auto problems = ReadMatrix(json).problems;
  BOOST_TEST_REQUIRE(problems.size() == 1U);
  return problems[0].path + ": " + problems[0].reason;
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_told_with_its_place) {
  BOOST_TEST(Refusal("detectors", {"mm_db"})
                 .starts_with("/blocks/0/detectors/0: detector 'mm_db' is unknown"));
  BOOST_TEST(Refusal("detectors", {"mm_bd", "mm_bd"}) ==
             "/blocks/0/detectors/1: the id 'mm_bd' comes twice in this axis");
  BOOST_TEST(Refusal("detectors", {{{"plugin", "mm_bd"}, {"options", {{"steps", 0}}}}})
                 .starts_with("/blocks/0/detectors/0: "));
  BOOST_TEST(Refusal("reactivation", {{"images", {0}}}).starts_with("/blocks/0/reactivation"));
}

// A matrix.json beside scores is a record; whoever made them may have had other detectors.
BOOST_AUTO_TEST_CASE(beside_scores_a_matrix_may_name_detectors_that_are_not_here) {
  auto json = Asking();
  BlockOf(json)["detectors"] = {{{"id", "x"}, {"plugin", "theirs"}, {"options", {{"a", 1}}}},
                                "mm_bd"};
  const auto parsed = ReadMatrix(json, Plugins::kAnyones);
  BOOST_TEST(parsed.problems.empty());
  const auto& detectors = parsed.matrix.blocks[0].detectors;
  BOOST_TEST(detectors[0].key == (Json{{"plugin", "theirs"}, {"options", {{"a", 1}}}}));
  BOOST_TEST(detectors[1].key.at("options").at("images") == 30);
  BOOST_TEST(ReadMatrix(json).problems.size() == 1U);
}

// Two blocks of the same cells; the second with another member.
Json Twice(const char* member, const Json& value) {
  auto json = Asking();
  const Json block = BlockOf(json);
  json["blocks"].push_back(block);
  json["blocks"][1][member] = value;
  return json;
}

BOOST_AUTO_TEST_CASE(a_cell_of_two_blocks_is_refused_unless_both_ask_the_same_of_it) {
  const auto asked = Asking();
  const Json detectors = asked["blocks"][0]["detectors"];
  BOOST_TEST(PlanOf(Twice("detectors", detectors)).cells.size() == PlanOf(asked).cells.size());
  const Json reversed = {detectors[1], detectors[0]};
  BOOST_TEST(MessageOf([&] { PlanOf(Twice("detectors", reversed)); }) == "");
  const auto told = [](const char* member, const Json& value) {
    const auto problems = CheckMatrix(Twice(member, value));
    BOOST_TEST_REQUIRE(problems.size() == 1U);
    return problems[0].path + ": " + problems[0].reason;
  };
  const std::string cell = "/blocks/1: cell " + PlanOf(asked).cells.front().id + " is one of ";
  BOOST_TEST(told("detectors", Json::array()).starts_with(cell + "/blocks/0, too, "));
  BOOST_TEST(Contains(told("detectors", {"mm_bd"}), "asks for other detectors"));
  BOOST_TEST(Contains(told("reactivation", Json::object()), "asks for other reactivation"));
  auto others = Twice("detectors", Json::array());
  others["blocks"][1]["student_seeds"] = Json::array({1});
  BOOST_TEST(CheckMatrix(others).empty());
  // A defence joins every block, so that its cells come from both though nobody wrote them twice.
  auto joined = Twice("detectors", Json::array());
  BlockOf(joined)["defenses"] = {"none"}, joined["blocks"][1]["defenses"] = {"abd"};
  Selection selection;
  selection.defenses = {"shuffling_vaccine"};
  BOOST_TEST(MessageOf([&] { PlanOf(joined, selection); }) == "");
}

BOOST_AUTO_TEST_CASE(an_id_means_one_detector_in_all_blocks) {
  auto json = Twice("student_seeds", Json::array({1}));
  BOOST_TEST(ReadMatrix(json).problems.empty());
  json["blocks"][1]["detectors"][1]["options"]["steps"] = 20;
  const auto problems = ReadMatrix(json).problems;
  BOOST_TEST_REQUIRE(problems.size() == 1U);
  BOOST_TEST(problems[0].path == "/blocks/1/detectors/1");
  BOOST_TEST(problems[0].reason ==
             "id 'quick' means different things here and in /blocks/0/detectors/1");
}

}  // namespace dfkd::detector_plan_test
