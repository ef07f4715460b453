#include "bench/scores/paid_cost.h"

#include <boost/test/unit_test.hpp>

#include "bench/scores/folder_name.h"
#include "tests/scores/fixtures.h"

namespace dfkd::paid_cost_test {

Json Cost(double wall, double cpu, int64_t peak, const char* device = "cpu") {
  return {{"label", "x"},
          {"wall_seconds", wall},
          {"cpu_seconds", cpu},
          {"peak_bytes", peak},
          {"device", device}};
}

BOOST_AUTO_TEST_CASE(a_defender_pays_for_what_he_runs_and_not_for_the_teacher_or_its_crafting) {
  const auto paid = PaidCostOf({{"craft/1", Cost(1000, 1000, 1000)},
                                {"teacher/1", Cost(1000, 1000, 1000)},
                                {"import/1", Cost(1000, 1000, 1000)},
                                {"sanitize/1", Cost(1, 2, 3)},
                                {"transfer_set/1", Cost(10, 20, 30)},
                                {"distill/1", Cost(100, 200, 300)},
                                {"repair/1", Cost(1, 1, 1)}});
  BOOST_TEST(paid.wall_seconds == 112);
  BOOST_TEST(paid.cpu_seconds == 223);
  BOOST_TEST(paid.peak_bytes == 300);
  BOOST_TEST(!paid.gpu_seconds.has_value());
}

BOOST_AUTO_TEST_CASE(a_device_is_paid_for_as_long_as_a_stage_holds_it) {
  const auto paid =
      PaidCostOf({{"transfer_set/1", Cost(10, 20, 30)}, {"distill/1", Cost(7, 9, 1, "cuda:0")}});
  BOOST_TEST(paid.gpu_seconds.value_or(0) == 7);
  BOOST_TEST(paid.cpu_seconds == 29);
}

BOOST_AUTO_TEST_CASE(cells_are_compared_in_seconds_of_the_device_that_computed_them) {
  Score score = ReadScore(FixtureScoreFile());
  score.cost = {.wall_seconds = 43, .cpu_seconds = 21, .gpu_seconds = 5};
  score.numerics.device = "cpu";
  BOOST_TEST(ComparedSeconds(score).value_or(0) == 21);
  score.numerics.device = "cuda:1";
  BOOST_TEST(ComparedSeconds(score).value_or(0) == 5);
  score.cost.gpu_seconds.reset();
  BOOST_TEST(!ComparedSeconds(score).has_value());
}

BOOST_AUTO_TEST_CASE(a_folder_is_inside_whatever_its_matrix_is_called_and_another_for_each_name) {
  for (const char* name : {"../../x", "/home/u/site", "..", ".", "", ".git", "a/b"}) {
    const auto folder = FolderName(name);
    BOOST_TEST(folder.find('/') == folder.npos, name);
    BOOST_TEST((!folder.empty() && folder.front() != '.'), name);
  }
  BOOST_TEST(FolderName("abd_mini") == "abd_mini");
  BOOST_TEST(FolderName("abd-mini") == "abd-mini");
  BOOST_TEST(FolderName("a b") != FolderName("a/b"));
}

}  // namespace dfkd::paid_cost_test
