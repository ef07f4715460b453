// Stages of attacks that craft, and of those that train the teacher.
#include <boost/test/unit_test.hpp>

#include "bench/core/registry.h"
#include "tests/matrix/matrix_testing.h"

namespace dfkd::craft_test {

using namespace testing;  // NOLINT: the helpers of this folder

struct Nobody {};  // planning makes no attack

AttackCard<NoOptions> Card(const char* name, bool clean_teacher, bool crafts, bool trains) {
  const auto always = [](bool answer) { return [answer](const NoOptions&) { return answer; }; };
  return {.name = name,
          .summary = "for planning",
          .needs_clean_teacher = always(clean_teacher),
          .crafts = always(crafts),
          .trains_teacher = always(trains)};
}
const bool kRegistered = Register<Nobody>(Card("test_crafts", false, true, false)) &&
                         Register<Nobody>(Card("test_crafts_from_teacher", true, true, false)) &&
                         Register<Nobody>(Card("test_trains", false, false, true)) &&
                         Register<Nobody>(Card("test_does_all", true, true, true));

Json With(const std::string& attack) {
  auto json = SmallMatrix();
  BlockOf(json)["attacks"] = {attack};
  BlockOf(json)["defenses"] = {"none"};
  return json;
}

const PlannedCell& CellOfSeed(const Plan& plan, int64_t teacher_seed) {
  for (const auto& cell : plan.cells) {
    if (cell.cell.teacher_seed == teacher_seed) return cell;
  }
  throw MakeError("no cell of teacher seed {}", teacher_seed);
}

int64_t SeedOfFloor(const Plan& plan, const PlannedCell& cell) {
  const auto& student = plan.At(cell.floor_student).stage.description();
  const auto& teacher = AtRef(plan, student.at("inputs").at("teacher")).stage.description();
  BOOST_TEST(teacher.at("attack").at("plugin") == "none");
  return teacher.at("seed");
}

Json InputsOf(const Plan& plan, StageId id) { return plan.At(id).stage.description().at("inputs"); }

// Else the floor would hold what the attacker optimised on that very teacher.
BOOST_AUTO_TEST_CASE(the_floor_of_what_a_clean_teacher_taught_is_another_clean_teacher_s) {
  auto json = With("test_crafts_from_teacher");
  BlockOf(json)["teacher_seeds"] = {3, 5, 8};
  const auto plan = PlanOf(json);
  for (const auto& [seed, floor] : std::map<int64_t, int64_t>{{3, 5}, {5, 8}, {8, 3}}) {
    const auto& cell = CellOfSeed(plan, seed);
    BOOST_TEST(SeedOfFloor(plan, cell) == floor);
    const auto evaluation = InputsOf(plan, cell.floor_evaluation);
    BOOST_TEST(evaluation.at("attack") == plan.Ref(cell.teacher));
    BOOST_TEST(evaluation.at("model") == plan.Ref(cell.floor_student));
  }
  BOOST_TEST(Refs(plan, "teacher/").size() == 6U);  // no teacher for its sake alone
  Selection one;
  one.teacher_seeds = {8};
  const auto alone = PlanOf(json, one);
  BOOST_TEST(SeedOfFloor(alone, alone.cells[0]) == 3);  // whatever else is selected
  json = With("test_crafts_from_teacher");
  const auto single = PlanOf(json);
  BOOST_TEST(SeedOfFloor(single, single.cells[0]) == 1);
  BOOST_TEST(single.At(single.cells[0].floor_student).cells.empty());
}

BOOST_AUTO_TEST_CASE(the_floor_of_an_attack_that_knows_no_teacher_is_of_the_same_seed) {
  const auto plan = PlanOf(With("test_does_all")), other = PlanOf(With("blend"));
  BOOST_TEST(SeedOfFloor(plan, plan.cells[0]) == 1);
  BOOST_TEST(SeedOfFloor(other, other.cells[0]) == 0);
}

BOOST_AUTO_TEST_CASE(an_attack_that_neither_crafts_nor_trains_has_the_teacher_it_always_had) {
  const auto plan = PlanOf(With("blend"));
  const auto& cell = plan.cells[0];
  BOOST_TEST(Refs(plan, "craft/").empty());
  BOOST_TEST(InputsOf(plan, cell.teacher) == Json::object());
  BOOST_TEST(cell.path[0] == cell.teacher);
  BOOST_TEST(plan.At(cell.clean_teacher).cells.empty());
}

BOOST_AUTO_TEST_CASE(crafting_stands_between_the_clean_teacher_and_the_poisoned_one) {
  BOOST_TEST_REQUIRE(kRegistered);
  const auto plan = PlanOf(With("test_crafts_from_teacher"));
  const auto& cell = plan.cells[0];
  const auto crafts = Refs(plan, "craft/");
  BOOST_TEST_REQUIRE(crafts.size() == 1U);
  const auto craft = plan.Find(*crafts.begin());
  BOOST_TEST(InputsOf(plan, craft) == Json({{"clean_teacher", plan.Ref(cell.clean_teacher)}}));
  BOOST_TEST(InputsOf(plan, cell.teacher) == Json({{"craft", plan.Ref(craft)}}));
  const std::vector<StageId> way(cell.path.begin(), cell.path.begin() + 3);
  const std::vector expected = {cell.clean_teacher, craft, cell.teacher};
  BOOST_TEST(way == expected, boost::test_tools::per_element());
  for (const auto id : expected) {
    BOOST_TEST(plan.At(id).cells == std::vector<CellIndex>{0}, boost::test_tools::per_element());
    BOOST_TEST(!plan.At(id).gate.has_value(), plan.At(id).title);
  }
  BOOST_TEST(plan.At(craft).title == "craft shapes test_crafts_from_teacher seed 0");
}

BOOST_AUTO_TEST_CASE(without_a_clean_teacher_what_is_crafted_is_shared_by_all_networks) {
  auto json = With("test_crafts");
  BlockOf(json)["networks"].push_back({{"teacher", "vgg-s-8"}, {"student", "vgg-s-2"}});
  const auto plan = PlanOf(json);
  BOOST_TEST(Refs(plan, "craft/").size() == 1U);
  BOOST_TEST(plan.cells[0].teacher != plan.cells[1].teacher);
  BOOST_TEST(plan.At(plan.cells[0].clean_teacher).cells.empty());
  BlockOf(json)["attacks"] = {"test_crafts_from_teacher"};
  BOOST_TEST(Refs(PlanOf(json), "craft/").size() == 2U);
}

BOOST_AUTO_TEST_CASE(who_trains_the_teacher_sees_the_clean_one_if_it_asks) {
  const auto alone = PlanOf(With("test_trains"));
  BOOST_TEST(InputsOf(alone, alone.cells[0].teacher) == Json::object());
  const auto plan = PlanOf(With("test_does_all"));
  const auto& cell = plan.cells[0];
  const Json expected = {{"clean_teacher", plan.Ref(cell.clean_teacher)},
                         {"craft", *Refs(plan, "craft/").begin()}};
  BOOST_TEST(InputsOf(plan, cell.teacher) == expected);
  BOOST_TEST(plan.At(cell.teacher).label != plan.At(cell.clean_teacher).label);
}

BOOST_AUTO_TEST_CASE(crafting_follows_the_teacher_seed_the_images_and_the_options) {
  const auto craft = [](const Json& json, const Selection& selection = {}, char images = 'a') {
    return *Refs(PlanOf(json, selection, std::string(64, images)), "craft/").begin();
  };
  const auto json = With("test_crafts");
  Selection teacher, student;
  teacher.teacher_seeds = {7}, student.student_seeds = {7};
  BOOST_TEST(craft(json) == craft(json, student));
  BOOST_TEST(craft(json) != craft(json, teacher));
  BOOST_TEST(craft(json) != craft(json, {}, 'b'));
}

BOOST_AUTO_TEST_CASE(a_crafted_attack_in_the_store_is_not_crafted_again) {
  const auto plan = PlanOf(With("test_crafts_from_teacher"));
  auto store = Refs(plan);
  const auto& cell = plan.cells[0];
  for (const auto id :
       {cell.student, cell.student_evaluation, cell.undefended_evaluation, cell.teacher}) {
    store.erase(plan.Ref(id));
  }
  const auto needed = NeededRefs(plan, store);
  BOOST_TEST(needed.contains(plan.Ref(cell.teacher)));
  for (const auto& ref : needed) BOOST_TEST(!ref.starts_with("craft/"));
}

}  // namespace dfkd::craft_test
