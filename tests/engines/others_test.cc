// What others on a store do, or are left to do, while a run goes on.
#include <boost/test/unit_test.hpp>

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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::others_test
