// What others on a store do, or are left to do, while a run goes on.
#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "bench/engines/order.h"
#include "bench/store/lease_record.h"
#include "tests/engines/scheduler_testing.h"

namespace dfkd::others_test {

using namespace testing;  // NOLINT: the helpers of this folder

StageState StateOf(const RunReport& report, StageId id) { return report.board.at(id).state; }

// Out of reach until so many stages have ended here.
class LateSource final : public ArtifactSource {
 public:
  LateSource(const Plan& plan, Store& store, StageId has, const Recorder& recorder, size_t after)
      : plan_(plan), store_(store), has_(has), recorder_(recorder), after_(after) {}

  size_t Fetch(const std::vector<std::string>&,
               const std::function<bool(const SourceProgress&)>&) override {
    if (recorder_.finished.size() < after_) return 0;
    Bring(plan_, store_, has_);
    has_given_ = true;
    return 1;
  }
  std::vector<std::string> Outstanding() const override { return {}; }
  std::optional<std::chrono::steady_clock::time_point> AskAgain() const override {
    if (has_given_ || recorder_.finished.size() < after_) return std::nullopt;
    return std::chrono::steady_clock::now();
  }

 private:
  const Plan& plan_;
  Store& store_;
  const StageId has_;
  const Recorder& recorder_;
  const size_t after_;
  bool has_given_ = false;
};

struct Blocked {
  FakePlan fake;
  const StageId bad = fake.Add("bad", {}, {{"does", "throw"}});
  const StageId after = fake.Add("after", {bad}), next = fake.Add("next", {after});
  const StageId other = fake.Add("other");
  Blocked() { fake.Cell(next, {bad, after}), fake.Cell(other); }
};

BOOST_FIXTURE_TEST_SUITE(others, Bench)

BOOST_AUTO_TEST_CASE(what_was_blocked_goes_on_when_a_remote_brings_what_failed_here) {
  const Blocked blocked;
  LateSource source(blocked.fake.plan, store, blocked.bad, recorder, 2);
  const auto report = Run(blocked.fake.plan, {.source = &source});
  BOOST_TEST((StateOf(report, blocked.next) == StageState::kDone));
  BOOST_TEST(report.ExitCode() == 0);
}

BOOST_AUTO_TEST_CASE(what_was_blocked_goes_on_when_another_runner_does_what_failed_here) {
  const Blocked blocked;
  RunOptions options;
  options.leaves = [&](StageId id) {
    if (id == blocked.other) Bring(blocked.fake.plan, store, blocked.bad);
    return Leave();
  };
  const auto report = Run(blocked.fake.plan, options);
  BOOST_TEST((StateOf(report, blocked.next) == StageState::kDone));
  BOOST_TEST(report.ExitCode() == 0);
}

BOOST_AUTO_TEST_CASE(a_blocked_stage_is_a_failure_unless_divergence_blocks_it) {
  RunReport report;
  report.board = {{StageState::kDone}, {StageState::kBlocked, "'a' failed", FailureClass::kIo}};
  BOOST_TEST(report.ExitCode() == 1);
  report.board[1].failure = FailureClass::kDiverged;
  BOOST_TEST(report.ExitCode() == 0);
}

BOOST_AUTO_TEST_CASE(what_concerns_every_stage_is_asked_of_one_at_a_time) {
  FakePlan fake;
  for (int i = 0; i < 100; ++i) fake.Cell(fake.Add(fmt::format("stage {}", i)));
  int looks = 0, left = 0;
  RunOptions options;
  options.stop_requests = [&] { return left > 0 && ++looks > 3 ? 1 : 0; };
  options.leaves = [&](StageId) { return ++left, Leave{"nothing may begin", true}; };
  Run(fake.plan, options);
  BOOST_TEST(left < 10);
}

BOOST_AUTO_TEST_CASE(a_stop_request_is_heard_while_many_stages_are_left_to_others) {
  FakePlan fake;
  for (int i = 0; i < 100; ++i) fake.Cell(fake.Add(fmt::format("stage {}", i)));
  int left = 0;
  RunOptions options;
  options.stop_requests = [&] { return left > 3 ? 1 : 0; };
  options.leaves = [&](StageId) { return ++left, Leave{"it is too long"}; };
  Run(fake.plan, options);
  BOOST_TEST(left == 4);
}

// Who is alone on a store does not look for others before each stage.
BOOST_DATA_TEST_CASE_F(Bench, no_process_is_asked_again_for_a_stage_that_another_host_holds,
                       boost::unit_test::data::make({0, 1}), worker) {
  FakePlan fake;
  const auto held = fake.Add("held");
  fake.Cell(held), fake.Cell(fake.Add("free"));
  auto record = store::OwnRecord();
  record.host = "node17";
  const WorkFolder work(store.root(), fake.plan.At(held).stage.key());
  Write(work.folder() / "lease", store::ToText(record));
  int looks = 0;
  RunOptions options{.worker = static_cast<uint64_t>(worker)};
  options.stop_requests = [&] { return ++looks > 60 ? 1 : 0; };
  const auto report = Run(fake.plan, options);
  BOOST_TEST(std::ranges::count(recorder.started, "held") == (worker == 0 ? 1 : 0));
  BOOST_TEST(std::ranges::count(recorder.started, "free") == 1);
  BOOST_TEST(Contains(report.board.at(held).why, "node17, pid "), report.board.at(held).why);
}

BOOST_AUTO_TEST_CASE(each_worker_has_an_order_of_its_own_among_what_is_equally_important) {
  FakePlan fake;
  const auto shared = fake.Add("shared");
  for (int i = 0; i < 20; ++i) fake.Cell(fake.Add(fmt::format("stage {}", i), {shared}));
  std::vector<StageId> all(fake.plan.stages.size());
  for (StageId id = 0; id < all.size(); ++id) all[id] = id;
  const auto of = [&](uint64_t worker) {
    return ByPriority(fake.plan, all, History({}), false, worker);
  };
  BOOST_TEST(of(0) == all, boost::test_tools::per_element());
  BOOST_TEST((of(1) != all && of(2) != all && of(1) != of(2)));
  BOOST_TEST((of(1) == of(1)));
  for (const uint64_t worker : {1, 2}) {
    BOOST_TEST(of(worker).front() == shared);
    BOOST_TEST(std::ranges::is_permutation(of(worker), all));
  }
}

BOOST_AUTO_TEST_CASE(what_was_lost_rests_while_others_go_on) {
  FakePlan fake;
  const auto stale = fake.Add("stale", {}, {{"does", "stale_once"}});
  fake.Cell(fake.Add("after", {stale}), {stale});
  fake.Cell(fake.Add("other"));
  pause = std::chrono::milliseconds(300);
  const auto begun = std::chrono::steady_clock::now();
  BOOST_TEST(Run(fake.plan).ExitCode() == 0);
  BOOST_TEST((std::chrono::steady_clock::now() - begun >= pause));
  const std::vector<std::string> expected = {"stale", "other", "stale", "after"};
  BOOST_TEST(recorder.started == expected, boost::test_tools::per_element());
}

// A client of a file server may remember for up to a minute that something was not there.
BOOST_AUTO_TEST_CASE(what_stays_lost_for_a_minute_of_rests_has_failed) {
  FakePlan fake;
  const auto stale = fake.Add("stale", {}, {{"does", "stale"}});
  fake.Cell(stale);
  const auto pauses_of_a_minute = std::chrono::minutes(1) / RunOptions().busy_pause;
  pause = std::chrono::milliseconds(1);
  const auto begun = std::chrono::steady_clock::now();
  const auto report = Run(fake.plan);
  BOOST_TEST((std::chrono::steady_clock::now() - begun >= pauses_of_a_minute * pause));
  BOOST_TEST((StateOf(report, stale) == StageState::kFailed));
  BOOST_TEST(recorder.notes.find("looked at again later") != std::string::npos, recorder.notes);
  BOOST_TEST(recorder.started.size() == 10U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::others_test
