// An attacker who is behind the transfer set: whose students meet the poison, and whose do not.
#include <boost/test/unit_test.hpp>

#include "bench/core/registry.h"
#include "tests/matrix/matrix_testing.h"

namespace dfkd::poison_transfer_test {

using namespace testing;  // NOLINT: the helpers of this folder

Json WithPoison(const Json& defenses, const std::string& distiller = "ood_kd") {
  auto json = SmallMatrix();
  BlockOf(json)["attacks"] = {{{"id", "bait"}, {"plugin", "poisoned_transfer_like"}}};
  BlockOf(json)["distillers"] = {
      {{"id", "method"}, {"plugin", distiller}, {"options", {{"rounds", 40}}}}};
  BlockOf(json)["defenses"] = defenses;
  return json;
}

Json InputsOf(const Plan& plan, StageId id) { return plan.At(id).stage.description().at("inputs"); }

std::string KindOf(const std::string& ref) { return ref.substr(0, ref.find('/')); }

// What a student was distilled on.
std::string SetOf(const Plan& plan, StageId state) {
  return InputsOf(plan, state).at("transfer_set");
}

BOOST_AUTO_TEST_SUITE(poison_transfer)

BOOST_AUTO_TEST_CASE(students_of_its_teacher_are_distilled_on_poison_and_the_floor_is_not) {
  const auto plan = PlanOf(WithPoison({"none", "abd"}), {}, std::string(64, 'a'), 1000);
  for (const auto* defense : {"none", "abd"}) {
    const auto& cell = CellOf(plan, "bait", defense);
    const auto given = SetOf(plan, cell.student);
    BOOST_TEST(KindOf(given) == "poison_transfer");
    const auto inputs = AtRef(plan, given).stage.description().at("inputs");
    BOOST_TEST(inputs.at("teacher") == plan.Ref(cell.teacher));
    BOOST_TEST(KindOf(inputs.at("transfer_set")) == "transfer_set");
    BOOST_TEST(AtRef(plan, given).gate.has_value());
    BOOST_TEST(
        (std::find(cell.path.begin(), cell.path.end(), plan.Find(given)) != cell.path.end()));
    BOOST_TEST(KindOf(SetOf(plan, cell.floor_student)) == "transfer_set");
  }
}

// Whether it took, undefended students say; its teacher must be as good as a clean one.
BOOST_AUTO_TEST_CASE(its_gate_asks_the_teacher_for_no_backdoor) {
  const auto plan = PlanOf(WithPoison({"none"}), {}, std::string(64, 'a'), 1000);
  const auto& gate = CellOf(plan, "bait", "none").gate;
  BOOST_TEST_REQUIRE(gate.has_value());
  BOOST_TEST(gate->attack.lowest_asr == 0);
  BOOST_TEST(gate->Judged() == CellOf(plan, "bait", "none").teacher_evaluation);
}

// The attacker knows the teacher that he published, not what a defender makes of it.
BOOST_AUTO_TEST_CASE(a_sanitised_teacher_is_distilled_on_poison_for_the_one_that_came) {
  const auto plan = PlanOf(WithPoison({"clp"}), {}, std::string(64, 'a'), 1000);
  const auto& cell = CellOf(plan, "bait", "clp");
  const auto given = SetOf(plan, StatesOf(plan, cell).back());
  BOOST_TEST(AtRef(plan, given).stage.description().at("inputs").at("teacher") ==
             plan.Ref(cell.teacher));
}

BOOST_AUTO_TEST_CASE(where_there_is_no_transfer_set_it_does_not_apply) {
  const auto plan = PlanOf(WithPoison({"none"}, "noise_kd"), {}, std::string(64, 'a'), 1000);
  BOOST_TEST(CellOf(plan, "bait", "none").not_applicable ==
             "bait poisons transfer sets; method has none");
}

BOOST_AUTO_TEST_CASE(other_attacks_leave_transfer_sets_alone) {
  BOOST_TEST(Refs(PlanOf(SmallMatrix()), "poison_transfer/").empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::poison_transfer_test
