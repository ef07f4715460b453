#include "bench/engines/revisits.h"

#include <boost/test/unit_test.hpp>

#include "tests/engines/fake_stages.h"

namespace dfkd::revisits_test {

using namespace testing;  // NOLINT: the helpers of this folder
using std::chrono::milliseconds;

// Three stages, the last of which is the most important.
struct Postponed {
  Postponed() : queue(fake.plan, false) {
    queue.Reset({third, second, first}, Board(fake.plan.stages.size()));
  }
  StageId DueAfter(int ms) const {
    return revisits.MostImportantDue(queue, start + milliseconds(ms));
  }

  FakePlan fake;
  const StageId first = fake.Add("first"), second = fake.Add("second"), third = fake.Add("third");
  ReadyQueue queue;
  Revisits revisits{milliseconds(100)};
  const Revisits::Clock::time_point start{};
};

BOOST_FIXTURE_TEST_SUITE(revisits, Postponed)

BOOST_AUTO_TEST_CASE(of_those_that_are_due_the_most_important_is_looked_at) {
  BOOST_TEST(revisits.empty());
  revisits.Postpone(first, start);
  revisits.Postpone(second, start);
  revisits.Postpone(third, start + milliseconds(50));
  BOOST_TEST((revisits.Soonest() == start + milliseconds(100)));
  BOOST_TEST(DueAfter(99) == kNoStage);
  BOOST_TEST(DueAfter(100) == second);
  BOOST_TEST(DueAfter(150) == third);
  revisits.Forget(third);
  BOOST_TEST(DueAfter(150) == second);
}

BOOST_AUTO_TEST_CASE(a_stage_is_left_alone_ever_longer_up_to_four_times) {
  int ms = 0;
  for (const int pause : {100, 200, 400, 400}) {
    revisits.Postpone(first, start + milliseconds(ms));
    BOOST_TEST((revisits.Soonest() == start + milliseconds(ms + pause)), pause);
    ms += pause;
  }
}

BOOST_AUTO_TEST_CASE(a_stage_may_be_left_alone_for_longer_than_that) {
  Revisits longer{milliseconds(100), 16};
  int ms = 0;
  for (const int pause : {100, 200, 400, 800, 1600, 1600}) {
    longer.Postpone(first, start + milliseconds(ms));
    BOOST_TEST((longer.Soonest() == start + milliseconds(ms + pause)), pause);
    ms += pause;
  }
}

BOOST_AUTO_TEST_CASE(what_is_forgotten_is_not_due_and_its_pause_is_remembered) {
  revisits.Postpone(first, start);
  revisits.Forget(first);
  BOOST_TEST(revisits.empty());
  BOOST_TEST(!revisits.Soonest().has_value());
  BOOST_TEST(DueAfter(1000) == kNoStage);
  revisits.Postpone(first, start);
  BOOST_TEST(DueAfter(199) == kNoStage);
  BOOST_TEST(DueAfter(200) == first);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::revisits_test
