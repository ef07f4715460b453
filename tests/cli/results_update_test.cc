// How results join those that are committed.
#include "bench/cli/results_update.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <thread>

#include "tests/scores/fixtures.h"
#include "tests/store/store_testing.h"

namespace dfkd::cli::results_update_test {

namespace fs = std::filesystem;

CommittedResult ResultOf(const std::string& file) {
  CommittedResult result{ReadScore(FixtureScoreFile().parent_path() / file), std::string(64, 'a'),
                         "", Verified::kValid, "somebody"};
  result.score.media.clear();
  return result;
}

CommittedResult Ended(Status status, const std::optional<std::string>& reason) {
  auto result = ResultOf("toy-blend_0.1-wrn_16_2-wrn_16_1-zskt-sr-t0-s0.json");
  result.score.status = status;
  result.score.reason = reason;
  return result;
}

// A folder of results of the matrix `toy`.
struct Kept {
  Kept() { loaded.matrix.name = "toy"; }
  size_t Add(const CommittedResult& result) const {
    return AddResults(loaded, {result}, folder(), {}).ids.size();
  }
  std::vector<CommittedResult> Read() const { return ReadCommitted(folder(), "toy"); }
  fs::path folder() const { return scratch.path() / "results"; }

  testing::ScratchFolder scratch;
  LoadedPlan loaded;
};

BOOST_FIXTURE_TEST_SUITE(results_update, Kept)

BOOST_AUTO_TEST_CASE(what_tonight_says_replaces_a_failure) {
  BOOST_TEST(Add(Ended(Status::kFailed, "no memory")) == 1U);
  BOOST_TEST(Add(Ended(Status::kFailed, "no memory")) == 0U);
  BOOST_TEST(Add(Ended(Status::kTimedOut, "an hour was over")) == 1U);
  BOOST_TEST_REQUIRE(Read().size() == 1U);
  BOOST_TEST(*Read().front().score.reason == "an hour was over");
  BOOST_TEST(Add(Ended(Status::kDiverged, "not finite")) == 1U);
  BOOST_TEST_REQUIRE(Read().size() == 1U);
  BOOST_TEST((Read().front().score.status == Status::kDiverged));
}

BOOST_AUTO_TEST_CASE(a_failure_replaces_nothing_that_ended) {
  Add(Ended(Status::kDiverged, "not finite"));
  BOOST_TEST(Add(Ended(Status::kFailed, "no memory")) == 0U);
  BOOST_TEST((Read().front().score.status == Status::kDiverged));
}

// It was scored before the student that it is compared with.
BOOST_AUTO_TEST_CASE(what_missed_its_undefended_student_is_replaced_when_that_is_there) {
  auto alone = ResultOf("toy-badnets_grid-wrn_16_2-wrn_16_1-zskt-abd-t0-s0.json");
  const auto whole = alone;
  alone.score.validity.push_back("no_undefended");
  BOOST_TEST(Add(alone) == 1U);
  BOOST_TEST(Add(whole) == 1U);
  BOOST_TEST(Add(alone) == 0U);
  BOOST_TEST_REQUIRE(Read().size() == 1U);
  BOOST_TEST(Read().front().score.validity.size() == whole.score.validity.size());
}

BOOST_AUTO_TEST_CASE(a_failure_that_is_only_claimed_replaces_none_that_was_seen) {
  Add(Ended(Status::kFailed, "no memory"));
  auto claimed = Ended(Status::kFailed, "no disk");
  claimed.verified = Verified::kClaimed;
  BOOST_TEST(Add(claimed) == 0U);
  BOOST_TEST(*Read().front().score.reason == "no memory");
}

BOOST_AUTO_TEST_CASE(who_adds_waits_for_another_that_adds) {
  const auto one = ResultOf("toy-none-wrn_16_2-wrn_16_1-zskt-abd-t0-s0.json");
  const auto other = ResultOf("toy-badnets_grid-wrn_16_2-wrn_16_1-zskt-abd-t0-s0.json");
  const auto file = ResultsPath(folder(), "toy", "abd");
  fs::create_directories(folder());
  const int lock = ::open(folder().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  BOOST_TEST_REQUIRE(::flock(lock, LOCK_EX) == 0);
  std::thread adds([&] { Add(other); });
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const bool waited = !fs::exists(file);
  testing::Write(file, ToText({one}));
  ::close(lock);
  adds.join();
  BOOST_TEST(waited);
  BOOST_TEST(Read().size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::cli::results_update_test
