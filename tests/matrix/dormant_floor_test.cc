// What a dormant attack is measured against. Its gate looks at a student on clean data; its floor
// is what that of every other attack is.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/matrix/matrix_testing.h"

namespace dfkd::dormant_floor_test {

using namespace testing;  // NOLINT: the helpers of this folder
namespace data = boost::unit_test::data;

// `oscar` optimises its perturbation on the clean teacher of its own seed, `adba_ft` sees none.
const std::string kDormant[] = {"oscar", "adba_ft"};
const int64_t kSeedOfFloor[] = {1, 0};

BOOST_DATA_TEST_CASE(
    the_floor_of_a_dormant_attack_is_the_student_of_a_clean_teacher_by_the_cells_distiller,
    data::make(kDormant) ^ data::make(kSeedOfFloor), attack, seed_of_floor) {
  auto json = SmallMatrix();
  BlockOf(json)["attacks"] = {attack};
  BlockOf(json)["defenses"] = {"none"};
  const auto plan = PlanOf(json, {}, std::string(64, 'a'), 1000);
  const auto& cell = plan.cells.at(0);
  const auto student = plan.At(cell.floor_student).stage.description();
  BOOST_TEST(student.at("distiller").at("plugin") == "noise_kd");
  BOOST_TEST(student.at("student") == "vgg-s-2");
  const std::string clean = student.at("inputs").at("teacher");
  const auto teacher = AtRef(plan, clean).stage.description();
  BOOST_TEST(teacher.at("attack").at("plugin") == "none");
  BOOST_TEST(teacher.at("seed") == seed_of_floor);
  // With the trigger that was learned with the poisoned teacher.
  const auto evaluated = plan.At(cell.floor_evaluation).stage.description().at("inputs");
  BOOST_TEST(evaluated.at("model") == plan.Ref(cell.floor_student));
  BOOST_TEST(evaluated.at("attack") == plan.Ref(cell.teacher));
  // It waits for the gate, and the gate not for it.
  BOOST_TEST_REQUIRE(plan.At(cell.floor_evaluation).gate.has_value());
  BOOST_TEST(plan.At(cell.floor_evaluation).gate->Judged() == cell.gate->Judged());
  BOOST_TEST(cell.gate->Judged() != cell.floor_evaluation);
  const auto judged = plan.At(cell.gate->Judged()).stage.description().at("inputs");
  BOOST_TEST(judged.at("model") != evaluated.at("model"));
}

}  // namespace dfkd::dormant_floor_test
