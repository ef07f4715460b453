#include "bench/store/failures.h"

#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "tests/store/store_testing.h"

namespace dfkd::failures_test {

using namespace testing;  // NOLINT: the helpers of this folder

const std::string kKey(64, 'a');

std::vector<Failure> Of(const std::vector<FailureClass>& classes) {
  std::vector<Failure> failures;
  for (const auto failure : classes) failures.push_back({.failure = failure});
  return failures;
}

BOOST_AUTO_TEST_SUITE(failures_suite)

BOOST_AUTO_TEST_CASE(recorded_failures_are_read_back_in_order_and_cleared) {
  const ScratchFolder scratch;
  const Failures failures(scratch.path());
  BOOST_TEST(failures.ReadAll(kKey).empty());
  for (int i = 1; i <= 11; ++i) failures.Record(kKey, {.message = std::to_string(i)});
  const auto all = failures.ReadAll(kKey);
  BOOST_REQUIRE(all.size() == 11U);
  for (int i = 0; i < 11; ++i) BOOST_TEST(all[i].message == std::to_string(i + 1));
  BOOST_TEST(all[10].attempt == 11);
  BOOST_TEST(!all[0].host.empty());
  BOOST_TEST(all[0].created.size() == 20U);
  failures.Clear(kKey);
  failures.Clear(kKey);
  BOOST_TEST(failures.ReadAll(kKey).empty());
}

// As one that another runner has just removed, whose names a network file system still has.
BOOST_AUTO_TEST_CASE(a_folder_that_is_none_any_more_holds_no_failures) {
  const ScratchFolder scratch;
  Write(scratch.path() / "failures" / kKey, "a file where a folder was");
  BOOST_TEST(Failures(scratch.path()).ReadAll(kKey).empty());
}

BOOST_AUTO_TEST_CASE(the_class_survives_and_the_last_4_kib_of_any_log_are_kept) {
  const ScratchFolder scratch;
  const Failures failures(scratch.path());
  failures.Record(kKey,
                  {.failure = FailureClass::kMemory, .log_tail = std::string(9000, 'x') + "\xff!"});
  const auto all = failures.ReadAll(kKey);
  BOOST_REQUIRE(all.size() == 1U);
  BOOST_TEST((all[0].failure == FailureClass::kMemory));
  BOOST_TEST(all[0].log_tail.size() <= 4096U + 2);
  BOOST_TEST(all[0].log_tail.ends_with("x\xef\xbf\xbd!"));
}

BOOST_AUTO_TEST_CASE(a_corrupt_failure_is_left_out_and_its_number_is_not_used_again) {
  const ScratchFolder scratch;
  const Failures failures(scratch.path());
  failures.Record(kKey, {.message = "first"});
  Write(scratch.path() / "failures" / kKey / "2.json", "{\"class\":");
  Write(scratch.path() / "failures" / kKey / "notes.json", "{}");
  BOOST_TEST(failures.Record(kKey, {}).attempt == 3);
  BOOST_TEST(failures.ReadAll(kKey).size() == 2U);
}

BOOST_AUTO_TEST_CASE(failures_of_several_processes_are_all_kept) {
  const ScratchFolder scratch;
  const Failures failures(scratch.path());
  const auto record = [&] {
    for (int i = 0; i < 20; ++i) failures.Record(kKey, {});
    return 0;
  };
  const pid_t first = Fork(record), second = Fork(record);
  BOOST_TEST(Wait(first) == 0);
  BOOST_TEST(Wait(second) == 0);
  BOOST_TEST(failures.ReadAll(kKey).size() == 40U);
}

BOOST_AUTO_TEST_CASE(a_key_cannot_leave_the_folder) {
  const Failures failures("/nonexistent");
  BOOST_TEST(Contains(ErrorOf([&] { failures.Clear("../" + kKey); }), "64 lower-case"));
}

BOOST_AUTO_TEST_CASE(crash_and_io_are_tried_twice_lost_without_limit_others_once) {
  using enum FailureClass;
  BOOST_TEST(MayTry({}));
  for (const auto once : {kError, kDiverged, kTimeout, kMemory}) BOOST_TEST(!MayTry(Of({once})));
  for (const auto twice : {kCrash, kIo}) {
    BOOST_TEST(MayTry(Of({twice})));
    BOOST_TEST(!MayTry(Of({twice, twice})));
  }
  BOOST_TEST(!MayTry(Of({kCrash, kIo})));
  BOOST_TEST(MayTry(Of({kLost, kLost, kLost, kLost})));
  BOOST_TEST(MayTry(Of({kLost, kCrash, kLost})));
  BOOST_TEST(!MayTry(Of({kLost, kError})));
}

BOOST_AUTO_TEST_CASE(retry_failed_gives_one_more_round_and_not_more) {
  using enum FailureClass;
  BOOST_TEST(MayTry(Of({kError}), 1));
  BOOST_TEST(!MayTry(Of({kError, kError}), 1));
  BOOST_TEST(MayTry(Of({kCrash, kCrash, kCrash}), 2));
  BOOST_TEST(!MayTry(Of({kCrash, kCrash, kCrash, kCrash}), 2));
  BOOST_TEST(MayTry(Of({kError}), 7));  // cleared meanwhile
}

BOOST_AUTO_TEST_CASE(what_a_machine_lacked_counts_for_machines_of_its_kind_only) {
  using enum FailureClass;
  const Place here{"node1", "16 GiB"}, alike{"node2", "16 GiB"}, larger{"node3", "64 GiB"};
  for (const auto bound : {kMemory, kTimeout}) {
    const std::vector<Failure> failures = {
        {.failure = bound, .machine = "16 GiB", .host = "node1"}};
    BOOST_TEST(!MayTry(failures, 0, &here));
    BOOST_TEST(!MayTry(failures, 0, &alike));
    BOOST_TEST(MayTry(failures, 0, &larger));
    BOOST_TEST(!MayTry(failures));
  }
  const Failure disk{.failure = kIo, .machine = "16 GiB", .host = "node1"};
  BOOST_TEST(!MayTry({disk, disk}, 0, &here));
  BOOST_TEST(MayTry({disk, disk}, 0, &alike));
  const Failure wrong{.failure = kError, .machine = "16 GiB", .host = "node1"};
  BOOST_TEST(!MayTry({wrong}, 0, &larger));
}

BOOST_AUTO_TEST_CASE(a_disk_of_one_other_host_is_over_for_nobody_else) {
  using enum FailureClass;
  const auto at = [](const std::string& host) { return Failure{.failure = kIo, .host = host}; };
  BOOST_TEST(MayTrySomewhere({}));
  BOOST_TEST(MayTrySomewhere({at("node1"), at("node1")}));
  BOOST_TEST(MayTrySomewhere({at("node1"), at("node2")}));  // each tries once more
  BOOST_TEST(!MayTrySomewhere({at("node1"), at("node1"), at("node2"), at("node2")}));
  const auto here = PlaceOnThisHost("").host;
  BOOST_TEST(MayTrySomewhere({at(here)}));
  BOOST_TEST(!MayTrySomewhere({at(here), at(here)}));
  BOOST_TEST(!MayTrySomewhere({at("node1"), at("node1"), {.failure = kError, .host = "node2"}}));
}

BOOST_AUTO_TEST_CASE(what_is_too_large_for_one_machine_is_not_over_while_another_kind_computes) {
  using enum FailureClass;
  const Place alike{"node2", "16 GiB"}, larger{"node3", "64 GiB"};
  for (const auto bound : {kMemory, kTimeout}) {
    const std::vector<Failure> failures = {
        {.failure = bound, .machine = "16 GiB", .host = "node1"}};
    BOOST_TEST(!MayTrySomewhere(failures));
    BOOST_TEST(!MayTrySomewhere(failures, {alike}));
    BOOST_TEST(MayTrySomewhere(failures, {alike, larger}));
  }
  BOOST_TEST(!MayTrySomewhere({{.failure = kError, .machine = "16 GiB"}}, {larger}));
}

BOOST_AUTO_TEST_CASE(the_kind_of_machine_is_kept_and_may_be_missing) {
  const ScratchFolder scratch;
  const Failures failures(scratch.path());
  failures.Record(kKey, {.failure = FailureClass::kMemory, .machine = "16 GiB"});
  BOOST_TEST(failures.ReadAll(kKey).at(0).machine == "16 GiB");
  auto json = ReadJson(scratch.path() / "failures" / kKey / "1.json");
  json.erase("machine");
  Write(scratch.path() / "failures" / kKey / "1.json", json.dump());
  const Place here{"node1", "16 GiB"};
  BOOST_TEST(!MayTry(failures.ReadAll(kKey), 0, &here));
}

BOOST_AUTO_TEST_CASE(how_often_slurm_had_started_the_job_anew_is_kept_and_may_be_missing) {
  const ScratchFolder scratch;
  const Failures failures(scratch.path());
  for (const char* count : {"", "2", "-1", "often"}) {
    ::setenv("SLURM_RESTART_COUNT", count, 1);
    failures.Record(kKey, {.restarts = 7});
  }
  ::unsetenv("SLURM_RESTART_COUNT");
  failures.Record(kKey, {});
  const auto file = scratch.path() / "failures" / kKey / "1.json";
  auto older = ReadJson(file);
  BOOST_TEST(older.erase("restarts") == 1U);
  Write(file, older.dump());
  const auto all = failures.ReadAll(kKey);
  const std::vector<int64_t> expected = {0, 2, 0, 0, 0};
  BOOST_REQUIRE(all.size() == expected.size());
  for (size_t i = 0; i < all.size(); ++i) BOOST_TEST(all[i].restarts == expected[i]);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::failures_test
