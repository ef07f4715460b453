// A run is told if it would go on from results of another number of threads.
#include "bench/cli/other_threads.h"

#include <boost/test/unit_test.hpp>

#include "bench/io/file.h"
#include "tests/store/store_testing.h"

namespace dfkd::cli::other_threads_test {

// A teacher, of which an evaluation is wanted.
struct Mixed {
  Mixed() {
    plan.Add(teacher.kind, teacher.description);
    plan.Add(evaluation.kind, evaluation.description);
    PlannedCell cell;
    cell.student_evaluation = 1;
    plan.cells.push_back(cell);
  }
  void Publish(const Stage& stage, const Json& numerics) {
    const auto staged = scratch.path() / "staged";
    WriteFileAtomically(staged / "file", "content");
    store.Publish({.ref = stage.ref,
                   .description = stage.description,
                   .staged = staged,
                   .numerics = numerics});
  }

  const testing::ScratchFolder scratch;
  Store store{scratch.path() / "store"};
  const Stage teacher = MakeStage("teacher", {{"seed", 0}});
  const Stage evaluation = MakeStage("evaluate", {{"inputs", {{"model", teacher.ref}}}});
  Plan plan;
};

BOOST_FIXTURE_TEST_SUITE(other_threads, Mixed)

BOOST_AUTO_TEST_CASE(what_is_read_with_another_number_is_told) {
  Publish(teacher, {{"threads", 2}});
  const auto told = OtherThreads(plan, store, 1);
  BOOST_TEST(told.starts_with("--threads 1: 1 of the results that this goes on from was computed "
                              "with 2; "),
             told);
  BOOST_TEST(OtherThreads(plan, store, 2) == "");
}

BOOST_AUTO_TEST_CASE(what_is_not_there_or_does_not_say_or_is_not_read_is_passed_over) {
  BOOST_TEST(OtherThreads(plan, store, 1) == "");
  Publish(teacher, Json::object());
  BOOST_TEST(OtherThreads(plan, store, 1) == "");
  Publish(evaluation, {{"threads", 2}});  // nothing is left to do
  BOOST_TEST(OtherThreads(plan, store, 1) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::cli::other_threads_test
