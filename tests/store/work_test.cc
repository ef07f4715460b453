#include "bench/store/work.h"

#include <boost/test/unit_test.hpp>

#include "tests/store/store_testing.h"

namespace dfkd::work_test {

using namespace testing;  // NOLINT: the helpers of this folder

struct InWork {
  ScratchFolder scratch;
  WorkFolder work{scratch.path(), std::string(64, 'a')};

  void Save(const std::string& content) {
    work.WriteCheckpoint("state", [&](const fs::path& path) { Write(path / "x" / "s", content); });
  }
  std::string Saved() { return ReadBytes(work.Checkpoint("state").value() / "x" / "s"); }
};

BOOST_FIXTURE_TEST_SUITE(work_suite, InWork)

BOOST_AUTO_TEST_CASE(the_newest_checkpoint_replaces_the_older_one) {
  BOOST_TEST(!work.Checkpoint("state").has_value());
  Save("one");
  BOOST_TEST(Saved() == "one");
  Save("two");
  BOOST_TEST(Saved() == "two");
  const auto count = std::distance(fs::directory_iterator(work.folder()), fs::directory_iterator());
  BOOST_TEST(count == 2);  // the link and what it points to
}

BOOST_AUTO_TEST_CASE(a_checkpoint_may_be_a_file) {
  for (const char* content : {"one", "two"}) {
    work.WriteCheckpoint("round", [&](const fs::path& path) { Write(path, content); });
    BOOST_TEST(ReadBytes(work.Checkpoint("round").value()) == content);
  }
}

BOOST_AUTO_TEST_CASE(a_writer_that_throws_leaves_the_older_checkpoint) {
  Save("one");
  const auto fail = [&](const fs::path& path) {
    Write(path / "x" / "s", "tw");
    throw Error("no");
  };
  BOOST_TEST(ErrorOf([&] { work.WriteCheckpoint("state", fail); }) == "no");
  BOOST_TEST(ThrowsIo([&] { work.WriteCheckpoint("state", [](const fs::path&) {}); }));
  BOOST_TEST(Saved() == "one");
}

BOOST_AUTO_TEST_CASE(names_that_would_leave_the_folder_are_refused) {
  for (const char* name : {"", "..", "a/b", ".hidden", "lease", "staging", "note.json"}) {
    BOOST_TEST(!ErrorOf([&] { work.Checkpoint(name); }).empty(), name);
  }
}

BOOST_AUTO_TEST_CASE(each_staging_is_new_and_empty) {
  const fs::path first = work.NewStaging(), second = work.NewStaging();
  BOOST_TEST(first != second);
  BOOST_TEST(fs::is_empty(first));
}

BOOST_AUTO_TEST_CASE(the_next_holder_finds_the_checkpoint_and_no_leftovers) {
  Save("one");
  Write(work.NewStaging() / "model.bin", "half");
  Write(work.folder() / ".state-torn" / "s", "half");
  const auto held = TryAcquire(work);
  BOOST_TEST(Saved() == "one");
  BOOST_TEST(!fs::exists(work.folder() / "staging"));
  BOOST_TEST(!fs::exists(work.folder() / ".state-torn"));
  BOOST_TEST(held->Held());
}

BOOST_AUTO_TEST_CASE(whoever_asks_is_told_what_is_computed_and_how_far_it_is) {
  BOOST_TEST(!ReadNote(work).has_value());
  auto held = TryAcquire(work);
  WorkNotes notes(work, "distill zskt", std::chrono::milliseconds(0));
  BOOST_TEST(ReadNote(work).value().label == "distill zskt");
  BOOST_TEST(ReadNote(work)->total == 0);
  notes.Tell(120, 400);
  BOOST_TEST(ReadNote(work)->done == 120);
  BOOST_TEST(ReadNote(work)->total == 400);
  held->RemoveWork();
  notes.Tell(121, 400);
  BOOST_TEST(!fs::exists(work.folder()));
  BOOST_TEST(!ReadNote(work).has_value());
}

BOOST_AUTO_TEST_CASE(notes_are_few_and_end_with_the_lease_of_their_writer) {
  {
    const auto held = TryAcquire(work);
    WorkNotes notes(work, "distill");
    notes.Tell(1, 400);  // too soon
    BOOST_TEST(ReadNote(work).value().done == 0);
  }
  BOOST_TEST(ReadNote(work).has_value());  // interrupted: what it was can still be asked
  const auto next = TryAcquire(work);
  BOOST_TEST(!ReadNote(work).has_value());
  for (const char* text : {"", "{", "[]", R"({"label": 1, "done": 1, "total": 2})",
                           R"({"label": "x", "done": "1", "total": 2})"}) {
    Write(work.folder() / "note.json", text);
    BOOST_TEST(!ReadNote(work).has_value(), text);
  }
}

BOOST_AUTO_TEST_CASE(after_removal_nothing_is_left_and_the_lease_is_gone) {
  auto held = TryAcquire(work);
  Save("one");
  held->RemoveWork();
  held->RemoveWork();
  BOOST_TEST(!fs::exists(work.folder()));
  BOOST_TEST(!held->Held());
  BOOST_TEST(TryAcquire(work).has_value());
}

BOOST_AUTO_TEST_CASE(a_dropped_checkpoint_is_gone_and_a_new_one_can_be_written) {
  work.DropCheckpoint("state");
  Save("one");
  work.DropCheckpoint("state");
  BOOST_TEST(!work.Checkpoint("state").has_value());
  Save("two");
  BOOST_TEST(Saved() == "two");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::work_test
