// The process is killed at every point where it would hurt most; the next attempt must succeed
// with the same digest.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <string_view>

#include "bench/store/work.h"
#include "tests/store/store_testing.h"

namespace dfkd::crash_test {

using namespace testing;  // NOLINT: the helpers of this folder
namespace data = boost::unit_test::data;

std::string_view fatal_point;

void DieHere(const char* point) {
  if (point == fatal_point) ::kill(::getpid(), SIGKILL);
}

// Whether the child reached `point`, and so was killed there.
bool KilledAt(const char* point, const std::function<void()>& body) {
  const int status = Wait(Fork([&] {
    fatal_point = point;
    store::testing::crash_point = DieHere;
    body();
    return 0;
  }));
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

Published Attempt(Store& store) {
  const std::string ref = RefTo("a");
  const WorkFolder work(store.root(), ParseRef(ref).key);
  auto held = TryAcquire(work);
  if (!held) throw Error("the lease of a dead process is still held");
  Publication publication = Staged(store.root(), "a");
  const fs::path staging = work.NewStaging();
  fs::remove(staging);
  fs::rename(publication.staged, staging);
  publication.staged = staging;
  const Published result = store.Publish(publication);
  held->RemoveWork();
  return result;
}

const char* const kPublishPoints[] = {
    "lease: written",  "publish: listed",  "publish: manifest written",
    "publish: synced", "publish: renamed", "remove: renamed"};

BOOST_AUTO_TEST_SUITE(crash)

BOOST_DATA_TEST_CASE(a_publication_killed_anywhere_is_whole_or_absent_and_can_be_repeated,
                     data::make(kPublishPoints)) {
  const ScratchFolder scratch;
  Store untouched(scratch.path() / "untouched"), store(scratch.path() / "store");
  const std::string digest = Attempt(untouched).digest;
  BOOST_TEST(KilledAt(sample, [&] { Attempt(store); }));
  if (const auto artifact = store.Find(RefTo("a"))) BOOST_TEST(artifact->digest() == digest);
  BOOST_TEST(Attempt(store).digest == digest);
  BOOST_TEST(store.Open(RefTo("a")).digest() == digest);
  BOOST_TEST(!fs::exists(WorkFolder(store.root(), ParseRef(RefTo("a")).key).folder()));
}

BOOST_DATA_TEST_CASE(a_checkpoint_killed_anywhere_is_the_older_or_the_newer_one_whole,
                     data::make({"checkpoint: written", "checkpoint: synced",
                                 "checkpoint: link made", "checkpoint: renamed",
                                 "remove: renamed"})) {
  const ScratchFolder scratch;
  const WorkFolder work(scratch.path(), std::string(64, 'a'));
  const auto save = [&](const std::string& content) {
    work.WriteCheckpoint("state", [&](const fs::path& path) {
      Write(path / "a", content);
      Write(path / "b", content);
    });
  };
  const auto saved = [&] {
    const fs::path state = work.Checkpoint("state").value();
    return ReadBytes(state / "a") + ReadBytes(state / "b");
  };
  save("1");
  BOOST_TEST(KilledAt(sample, [&] { save("2"); }));
  const bool renamed = std::string_view(sample).ends_with("renamed");
  BOOST_TEST(saved() == (renamed ? "22" : "11"));
  save("3");
  BOOST_TEST(saved() == "33");
}

BOOST_AUTO_TEST_CASE(a_taker_killed_after_removing_a_void_lease_blocks_nobody) {
  const ScratchFolder scratch;
  const WorkFolder work(scratch.path(), std::string(64, 'a'));
  BOOST_TEST(KilledAt("lease: written", [&] { TryAcquire(work); }));
  BOOST_TEST(KilledAt("lease: void one removed", [&] { TryAcquire(work); }));
  BOOST_TEST(TryAcquire(work).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::crash_test
