// What is behind a gate is run where it opens.
#include "bench/matrix/gate.h"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "bench/engines/forecast.h"
#include "tests/engines/scheduler_testing.h"

namespace dfkd::gate_test {

using namespace testing;  // NOLINT: the helpers of this folder

BOOST_FIXTURE_TEST_SUITE(gates, Bench)

struct GateCase {
  double asr, acc;
  bool passes, of_accuracy = false;
};
std::ostream& operator<<(std::ostream& out, const GateCase& gate) {
  return out << "ASR " << gate.asr << ", accuracy " << gate.acc;
}

struct Gated {
  // `student_asr`: of a dormant attack, whose student is judged.
  explicit Gated(const GateCase& of, std::optional<double> student_asr = std::nullopt) {
    const auto evaluation = [](double acc, const Json& target) {
      return Json{{"evaluation", {{"clean", {acc * 1000, 1000}}, {"target", target}}}};
    };
    teacher = fake.Add("teacher evaluation", {}, evaluation(of.acc, {of.asr * 1000, 1000}));
    clean = fake.Add("clean evaluation", {}, evaluation(0.9, nullptr));
    if (student_asr) {
      judging.push_back(fake.Add("distil"));
      judging.push_back(
          fake.Add("student's evaluation", judging, evaluation(0.8, {*student_asr * 1000, 1000})));
    }
    behind = fake.Add("student");
    last = fake.Add("student evaluation", {behind});
    auto& cell = fake.Cell(last, {behind});
    cell.teacher_evaluation = teacher, cell.clean_evaluation = clean;
    gate = Gate{teacher, clean, {.of_accuracy = of.of_accuracy}};
    if (student_asr) {
      gate.attack = {.lowest_asr = 0.5, .student_by = PartRef{"clean_kd", Json::object()}};
      gate.judging = judging;
      cell.gate = gate;
    }
    for (const auto id : {behind, last}) fake.plan.stages[id].gate = gate;
  }
  FakePlan fake;
  StageId teacher, clean, behind, last;
  std::vector<StageId> judging;
  Gate gate;
};

const GateCase kGateCases[] = {{0.95, 0.9, true},       {0.90, 0.87, true},
                               {0.89, 0.9, false},      {0.95, 0.86, false},
                               {0.81, 0.9, true, true}, {0.80, 0.9, false, true}};

BOOST_DATA_TEST_CASE_F(Bench, only_what_is_behind_an_open_gate_is_run,
                       boost::unit_test::data::make(kGateCases)) {
  const Gated gated(sample);
  const auto report = Run(gated.fake.plan);
  BOOST_TEST(report.ExitCode() == 0);
  BOOST_TEST(Has(gated.fake.plan, gated.last) == sample.passes);
  BOOST_TEST(EvaluateGate(store, gated.fake.plan, gated.gate).passed == sample.passes);
  const auto state = ViewOf(gated.fake.plan, gated.fake.plan.cells[0], report.board).state;
  BOOST_TEST((state == (sample.passes ? CellState::kDone : CellState::kAttackFailed)));
  const auto read = ReadBoard(gated.fake.plan, store, false);
  BOOST_TEST((ViewOf(gated.fake.plan, gated.fake.plan.cells[0], read).state == state));
}

// The teacher shows nothing; what counts is a student of it, which the gate waits for.
BOOST_DATA_TEST_CASE_F(Bench, behind_a_dormant_attack_is_run_what_its_student_lets_through,
                       boost::unit_test::data::make({0.6, 0.4}), student_asr) {
  const Gated gated({0.01, 0.9, false}, student_asr);
  const auto& plan = gated.fake.plan;
  const auto report = Run(plan);
  const bool passes = student_asr >= 0.5;
  BOOST_TEST(report.ExitCode() == 0);
  BOOST_TEST(Has(plan, gated.judging.back()));
  BOOST_TEST(Has(plan, gated.last) == passes);
  const auto state = ViewOf(plan, plan.cells[0], report.board).state;
  BOOST_TEST((state == (passes ? CellState::kDone : CellState::kAttackFailed)));
  const auto read = ReadBoard(plan, store, false);
  BOOST_TEST((ViewOf(plan, plan.cells[0], read).state == state));
  BOOST_TEST(DescribeGate(store, plan, gated.gate).starts_with("the teacher's clean_kd student's"));
}

BOOST_AUTO_TEST_CASE(an_ignored_gate_is_open) {
  const Gated gated({0.1, 0.9, false});
  Run(gated.fake.plan);
  BOOST_TEST(MakeForecast(gated.fake.plan, store).needed.empty());
  BOOST_TEST(MakeForecast(gated.fake.plan, store).shut_out.size() == 2U);
  BOOST_TEST(MakeForecast(gated.fake.plan, store, true).needed.size() == 2U);
  BOOST_TEST(Run(gated.fake.plan, {.ignore_gate = true}).ExitCode() == 0);
  BOOST_TEST(Has(gated.fake.plan, gated.last));
}

BOOST_AUTO_TEST_CASE(a_damaged_evaluation_is_computed_again_before_the_gate_opens) {
  const Gated gated({0.95, 0.9, true});
  Run(gated.fake.plan);
  Write(store.Open(gated.fake.plan.Ref(gated.teacher)).File("evaluation.json"), "{}");
  fs::remove_all(store.FolderOf(gated.fake.plan.Ref(gated.last)));
  BOOST_TEST(Run(gated.fake.plan).ExitCode() == 0);
  BOOST_TEST(Contains(recorder.notes, "is damaged"));
  BOOST_TEST(Has(gated.fake.plan, gated.last));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::gate_test
