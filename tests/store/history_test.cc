#include "bench/store/history.h"

#include <fcntl.h>
#include <sys/file.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <thread>

#include "tests/store/store_testing.h"

namespace dfkd::history_test {

using namespace testing;  // NOLINT: the helpers of this folder

BOOST_AUTO_TEST_SUITE(history)

BOOST_AUTO_TEST_CASE(expected_seconds_are_the_median_of_the_label) {
  const History history({{.kind = "teacher", .key = "1", .label = "a", .seconds = 1},
                         {.kind = "teacher", .key = "2", .label = "a", .seconds = 100},
                         {.kind = "teacher", .key = "3", .label = "a", .seconds = 3},
                         {.kind = "distil", .key = "4", .label = "b", .seconds = 4},
                         {.kind = "distil", .key = "5", .label = "b", .seconds = 6},
                         {.kind = "distil", .key = "6", .label = "unmeasured"}});
  BOOST_TEST(history.ExpectedSeconds("a").value() == 3);
  BOOST_TEST(history.ExpectedSeconds("b").value() == 5);
  BOOST_TEST(!history.ExpectedSeconds("unmeasured").has_value());
  BOOST_TEST(!history.ExpectedSeconds("never seen").has_value());
}

BOOST_AUTO_TEST_CASE(what_most_took_is_known_by_label) {
  std::vector<HistoryLine> lines;
  for (int i = 20; i > 0; --i) lines.push_back({.label = "a", .seconds = 1.0 * i});
  const History history(lines);
  BOOST_TEST(history.SecondsOfMost("a", 0.95).value() == 19);
  BOOST_TEST(history.SecondsOfMost("a", 1).value() == 20);
  BOOST_TEST(history.SecondsOfMost("a", 0).value() == 1);
  BOOST_TEST(!history.SecondsOfMost("b", 0.95).has_value());
}

BOOST_AUTO_TEST_CASE(a_deleted_artifact_was_published_once) {
  const ScratchFolder scratch;
  Store store(scratch.path());
  store.Publish(Staged(scratch.path(), "a"));
  fs::remove_all(store.FolderOf(RefTo("a")));
  BOOST_TEST(!store.Has(RefTo("a")));
  BOOST_TEST(store.ReadHistory().WasPublished(RefTo("a")));
  BOOST_TEST(!store.ReadHistory().WasPublished(RefTo("b")));
  BOOST_TEST(store.ReadHistory().ExpectedSeconds("teacher wrn-16-2").value() == 2.5);
}

BOOST_AUTO_TEST_CASE(a_torn_line_costs_itself_only) {
  const ScratchFolder scratch;
  const fs::path file = scratch.path() / "history.jsonl";
  AppendHistoryLine(file, {.kind = "teacher", .key = "1"});
  AppendHistoryLine(file, {.kind = "teacher", .key = "2"});
  const std::string whole = ReadBytes(file);
  Write(file, whole.substr(0, whole.size() - 9));
  BOOST_TEST(ReadHistoryFile(file).lines().size() == 1U);
  AppendHistoryLine(file, {.kind = "teacher", .key = "3"});
  const History history = ReadHistoryFile(file);
  BOOST_TEST(history.lines().size() == 2U);
  BOOST_TEST(history.WasPublished("teacher/1"));
  BOOST_TEST(!history.WasPublished("teacher/2"));
  BOOST_TEST(history.WasPublished("teacher/3"));
}

// What two hosts leave that append at once where nothing locks: one sees an older end.
BOOST_AUTO_TEST_CASE(a_whole_line_that_is_glued_to_a_torn_one_or_to_a_hole_is_read) {
  const ScratchFolder scratch;
  const fs::path one = scratch.path() / "one", file = scratch.path() / "history.jsonl";
  AppendHistoryLine(one, {.kind = "teacher", .key = "1"});
  const std::string line = ReadBytes(one), torn = line.substr(0, 20);
  const std::string last = line.substr(0, line.size() - 1);
  Write(file, torn + line + std::string(100, '\0') + line + last + line + last + torn + "\n");
  BOOST_TEST(ReadHistoryFile(file).lines().size() == 5U);
}

BOOST_AUTO_TEST_CASE(who_appends_waits_for_another_host_that_appends) {
  const ScratchFolder scratch;
  const fs::path file = scratch.path() / "history.jsonl";
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  BOOST_TEST_REQUIRE(::flock(descriptor, LOCK_EX) == 0);
  std::thread appending([&] { AppendHistoryLine(file, {.kind = "teacher", .key = "1"}); });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  const auto meanwhile = fs::file_size(file);
  ::close(descriptor);
  appending.join();
  BOOST_TEST(meanwhile == 0U);
  BOOST_TEST(ReadHistoryFile(file).WasPublished("teacher/1"));
}

BOOST_AUTO_TEST_CASE(lines_that_are_not_ours_are_skipped) {
  const ScratchFolder scratch;
  const fs::path file = scratch.path() / "history.jsonl";
  Write(file, "\n[]\n{\"kind\":1}\nnull\n\xff\xfe\n{\"kind\":\"a\",\"key\":\"b\"}\n");
  BOOST_TEST(ReadHistoryFile(file).lines().empty());
}

BOOST_AUTO_TEST_CASE(lines_of_several_processes_do_not_mix) {
  const ScratchFolder scratch;
  const fs::path file = scratch.path() / "history.jsonl";
  const auto append = [&] {
    for (int i = 0; i < 100; ++i)
      AppendHistoryLine(file, {.kind = "k", .label = std::string(500, 'x')});
    return 0;
  };
  const pid_t first = Fork(append), second = Fork(append);
  BOOST_TEST(Wait(first) == 0);
  BOOST_TEST(Wait(second) == 0);
  BOOST_TEST(ReadHistoryFile(file).lines().size() == 200U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::history_test
