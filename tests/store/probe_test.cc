#include "bench/store/probe.h"

#include <boost/test/unit_test.hpp>

#include "tests/store/store_testing.h"

namespace dfkd::probe_test {

using namespace testing;  // NOLINT: the helpers of this folder

BOOST_AUTO_TEST_SUITE(probe)

BOOST_AUTO_TEST_CASE(a_local_disk_is_fit_and_nothing_is_left_on_it) {
  const ScratchFolder folder;
  const auto probe = ProbeStore(folder.path() / "store");
  BOOST_TEST(probe.problems.empty());
  BOOST_TEST(probe.free_bytes > 0U);
  BOOST_TEST(std::abs(probe.skew_seconds) < 10);
  BOOST_TEST(fs::is_empty(folder.path() / "store"));
}

BOOST_AUTO_TEST_CASE(where_nothing_can_be_made_is_a_problem_in_one_line) {
  const ScratchFolder folder;
  Write(folder.path() / "file", "x");
  const auto probe = ProbeStore(folder.path() / "file" / "store");
  BOOST_TEST_REQUIRE(probe.problems.size() == 1U);
  BOOST_TEST(Contains(probe.problems[0], "cannot create"));
  BOOST_TEST(!Contains(probe.problems[0], "\n"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::probe_test
