#include "bench/store/disk.h"

#include <boost/test/unit_test.hpp>
#include <cerrno>

#include "tests/store/store_testing.h"

namespace dfkd::disk_test {

using namespace testing;  // NOLINT: the helpers of this folder

using std::chrono::milliseconds;

// How often it was tried; the first `times` looks meet this code.
int LooksAt(int code, int times, milliseconds patience = store::kStalePatience) {
  int looks = 0;
  const auto look = [&] {
    if (++looks <= times) throw store::IoError("look at", "/store/x", code);
    return true;
  };
  store::Patiently(look, patience);
  return looks;
}

BOOST_AUTO_TEST_SUITE(disk)

BOOST_AUTO_TEST_CASE(what_is_stale_for_a_moment_is_looked_at_again) {
  BOOST_TEST(LooksAt(ESTALE, 0) == 1);
  BOOST_TEST(LooksAt(ESTALE, 2) == 3);
}

// As long as attributes are kept by clients of NFS (acdirmax), and then some looks more.
BOOST_AUTO_TEST_CASE(patience_lasts_a_minute_and_looks_ever_more_rarely) {
  BOOST_TEST((store::kStalePatience >= std::chrono::minutes(1)));
  const auto begun = std::chrono::steady_clock::now();
  BOOST_TEST(LooksAt(ESTALE, 3, milliseconds(1000)) == 4);
  BOOST_TEST((std::chrono::steady_clock::now() - begun >= milliseconds(60 + 120 + 240)));
}

BOOST_AUTO_TEST_CASE(what_stays_stale_or_is_wrong_in_another_way_is_an_error) {
  BOOST_TEST(ThrowsIo([] { LooksAt(ESTALE, 100, milliseconds(150)); }));
  BOOST_TEST(ThrowsIo([] { LooksAt(EACCES, 1); }));
}

BOOST_AUTO_TEST_CASE(a_folder_has_its_entries_one_that_is_gone_none_and_a_file_is_an_error) {
  const ScratchFolder scratch;
  Write(scratch.path() / "a" / "b", "x");
  Write(scratch.path() / "c", "x");
  BOOST_TEST(store::EntriesIn(scratch.path()).size() == 2U);
  BOOST_TEST(store::EntriesIn(scratch.path() / "gone").empty());
  BOOST_TEST(ThrowsIo([&] { store::EntriesIn(scratch.path() / "c"); }));
}

// Whoever pushes removes the folder above it when that is empty.
BOOST_AUTO_TEST_CASE(a_folder_is_made_although_the_empty_one_above_it_goes_meanwhile) {
  const ScratchFolder scratch;
  const auto work = scratch.path() / "work";
  const pid_t other = Fork([&] {
    while (true) {
      ::rmdir(work.c_str());
      ::usleep(300);  // who does nothing else would win every time, on a slow disk
    }
    return 0;
  });
  BOOST_CHECK_NO_THROW(for (int i = 0; i < 3000; ++i) {
    store::CreateFolders(work / "new");
    ::rmdir((work / "new").c_str());
  });
  ::kill(other, SIGKILL);
  Wait(other);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::disk_test
