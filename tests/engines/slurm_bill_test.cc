#include "bench/engines/slurm_bill.h"

#include <boost/test/unit_test.hpp>

#include "tests/engines/fake_stages.h"

namespace dfkd::slurm_bill_test {

using namespace testing;  // NOLINT: the helpers of this folder

// Two attacks, one distiller, two defences: a teacher of each attack, and what a cell adds.
struct Matrix {
  Matrix() {
    for (const char* attack : {"badnets", "blend"}) {
      const auto teacher = fake.Add(fmt::format("teacher {}", attack));
      for (const char* defense : {"none", "sr"}) {
        const auto student = fake.Add(fmt::format("student {} {}", attack, defense), {teacher});
        auto& cell = fake.Cell(student, {teacher});
        cell.cell.attack = attack, cell.cell.distiller = "cmi", cell.cell.defense = defense;
      }
    }
    fake.Add("reference");
  }
  // Published at noon on the host, after so long.
  void Took(const std::string& title, double seconds, const std::string& host = "node1") {
    for (const auto& stage : fake.plan.stages) {
      if (stage.title != title) continue;
      lines.push_back({"fake", stage.stage.key(), title, host, "2024-05-31T12:00:00Z", seconds});
    }
  }
  Bill Of(const std::vector<Attempt>& attempts = {}) const {
    return BillOf(fake.plan, History(lines), attempts);
  }
  static Attempt On(const std::string& host, const std::string& begun) {
    return {.task = "1_0",
            .gpus = 2,
            .cpus = 4,
            .process = {.host = host, .boot = "b", .pid_namespace = "n", .pid = 7},
            .begun = begun,
            .seconds = 7200,
            .ended = "nothing is left to do"};
  }
  FakePlan fake;
  std::vector<HistoryLine> lines;
};

BOOST_FIXTURE_TEST_SUITE(slurm_bill, Matrix)

BOOST_AUTO_TEST_CASE(what_cells_share_counts_for_each_entry_by_an_equal_part) {
  Took("teacher badnets", 100), Took("student badnets sr", 30), Took("student blend none", 8);
  const auto bill = Of();
  BOOST_TEST(bill.seconds == 138);
  BOOST_TEST(bill.by.at("attack").at("badnets") == 130);
  BOOST_TEST(bill.by.at("attack").at("blend") == 8);
  BOOST_TEST(bill.by.at("distiller").at("cmi") == 138);
  BOOST_TEST(bill.by.at("defense").at("sr") == 80);
  BOOST_TEST(bill.by.at("defense").at("none") == 58);
}

BOOST_AUTO_TEST_CASE(a_stage_that_was_computed_twice_was_paid_twice_and_others_are_nobodys) {
  Took("reference", 5), Took("reference", 6);
  lines.push_back({"fake", std::string(64, 'a'), "of another plan", "node1", "", 1000});
  const auto bill = Of();
  BOOST_TEST(bill.seconds == 11);
  BOOST_TEST(bill.reference_seconds == 11);
  BOOST_TEST(bill.by.empty());
}

BOOST_AUTO_TEST_CASE(hours_at_work_are_those_of_the_attempt_that_had_begun_last_on_the_host) {
  Took("teacher badnets", 3600), Took("teacher blend", 3600, "laptop");
  auto later = On("node1", "2024-05-31T13:00:00Z");
  later.gpus = 100;
  const auto bill = Of({On("node1", "2024-05-31T11:00:00Z"), later});
  BOOST_TEST(bill.asked_gpu_hours == 204);
  BOOST_TEST(bill.used_gpu_hours == 2);
  BOOST_TEST(bill.used_cpu_hours == 4);
  BOOST_TEST(DescribeBill(bill).at("gpu_hours").at("used") == 2);
}

BOOST_AUTO_TEST_CASE(people_read_hours_the_dearest_entry_first) {
  Took("teacher badnets", 3600), Took("teacher blend", 7200);
  const auto text = TellBill(Of({On("node1", "2024-05-31T11:00:00Z")}));
  BOOST_TEST(Contains(text, "took 3 hours, 0 of them references\n"), text);
  BOOST_TEST(Contains(text, "\n  by attack: blend 2, badnets 1\n"), text);
  BOOST_TEST(Contains(text, "\nof 4 GPU hours asked for, 6 at work"), text);
  BOOST_TEST(!Contains(TellBill(Of()), "asked for"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::slurm_bill_test
