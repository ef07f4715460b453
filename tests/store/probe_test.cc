#include "bench/store/probe.h"

#include <sys/statvfs.h>

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

BOOST_AUTO_TEST_CASE(names_that_can_still_be_made_are_counted_where_there_is_a_bound) {
  const ScratchFolder folder;
  struct statvfs facts {};
  BOOST_TEST_REQUIRE(::statvfs(folder.path().c_str(), &facts) == 0);
  const auto probe = ProbeStore(folder.path());
  BOOST_TEST(probe.free_files.has_value() == (facts.f_files > 0));
  if (probe.free_files) BOOST_TEST(*probe.free_files > 0U);
}

BOOST_AUTO_TEST_CASE(a_quota_leaves_what_its_hard_limit_else_its_soft_one_says) {
  BOOST_TEST(LeftOfQuota(100, 50, 70).value() == 30U);
  BOOST_TEST(LeftOfQuota(0, 50, 20).value() == 30U);
  BOOST_TEST(LeftOfQuota(0, 50, 70).value() == 0U);
  BOOST_TEST(!LeftOfQuota(0, 0, 70).has_value());
}

BOOST_AUTO_TEST_CASE(little_space_and_few_names_are_problems_of_disk_and_of_quota) {
  constexpr uint64_t kMuch = uint64_t{1} << 40;
  BOOST_TEST(ProblemsOfSpace({.free_bytes = kMuch}).empty());
  BOOST_TEST(
      ProblemsOfSpace(
          {.free_bytes = kMuch, .free_files = kMuch, .quota_bytes = kMuch, .quota_files = kMuch})
          .empty());
  const auto problems = ProblemsOfSpace(
      {.free_bytes = 5'000'000, .free_files = 17, .quota_bytes = 3'000'000, .quota_files = 9});
  const std::vector<std::string> expected = {"only 5 MB are free", "only 17 more files can be made",
                                             "the quota of this user leaves only 3 MB",
                                             "the quota of this user leaves only 9 files"};
  BOOST_TEST(problems == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(names_and_quota_are_told_where_there_is_a_bound) {
  BOOST_TEST(TellFilesAndQuota({}) == "");
  BOOST_TEST(TellFilesAndQuota({.free_files = 7}) == "  7 more files can be made\n");
  BOOST_TEST(TellFilesAndQuota({.quota_bytes = 3'000'000, .quota_files = 9}) ==
             "  the quota of this user leaves 3 MB; the quota of this user leaves 9 files\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::probe_test
