#include "bench/engines/local_engine.h"

#include <sys/resource.h>

#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "bench/engines/scheduler.h"
#include "tests/engines/fake_stages.h"

namespace dfkd::local_engine_test {

using namespace testing;  // NOLINT: the helpers of this folder
using std::chrono::milliseconds;

struct Bench {
  std::unique_ptr<LocalEngine> Engine(int jobs, milliseconds grace = milliseconds(5000)) {
    return std::make_unique<LocalEngine>(MakeSlots({"cpu"}, jobs, 1),
                                         LocalOptions{.program = DFKD_FAKE_WORKER, .grace = grace});
  }
  RunReport Run(const Plan& plan, int jobs = 1, RunOptions options = {}) {
    options.data = scratch.path();
    options.busy_pause = milliseconds(5);
    const auto engine = Engine(jobs, milliseconds(300));
    Observer observer;
    return RunPlan(plan, store, *engine, options, observer);
  }
  StageRequest Request(const Plan& plan, StageId id) {
    return {.stage = plan.At(id).stage,
            .store = store.root().string(),
            .data = scratch.path().string()};
  }
  ScratchFolder scratch;
  Store store{scratch.path() / "store"};
};

// Only so that a lost event fails instead of hanging: no machine is this slow.
constexpr milliseconds kAnyMachine{120'000};

EngineEvent NextOf(Engine& engine) {
  const auto event = engine.Wait(kAnyMachine);
  if (!event) throw Error("nothing was heard of the stage");
  return *event;
}

// The outcome of the next stage that ends.
EngineEvent OutcomeOf(Engine& engine) {
  for (;;) {
    const auto event = NextOf(engine);
    if (event.outcome) return event;
  }
}

struct EndCase {
  std::string does;
  FailureClass failure;
  std::string message;
};
std::ostream& operator<<(std::ostream& out, const EndCase& end) { return out << end.does; }

BOOST_FIXTURE_TEST_SUITE(local_engine, Bench)

const EndCase kEnds[] = {{"crash", FailureClass::kCrash, "Aborted"},
                         {"exit", FailureClass::kCrash, "exit code 3"},
                         {"throw", FailureClass::kError, "lr = nan must be finite"},
                         {"allocate", FailureClass::kMemory, "out of memory"},
                         {"leak", FailureClass::kMemory, "bad_alloc"}};

BOOST_DATA_TEST_CASE_F(Bench, a_stage_that_ends_badly_is_told_from_others_and_costs_only_itself,
                       boost::unit_test::data::make(kEnds)) {
  FakePlan fake;
  const auto bad = fake.Add("bad", {}, {{"does", sample.does}}), good = fake.Add("good");
  fake.Cell(bad), fake.Cell(good);
  const auto report = Run(fake.plan);
  BOOST_TEST((report.board.at(bad).failure == sample.failure));
  BOOST_TEST(Contains(report.board.at(bad).why, sample.message), report.board.at(bad).why);
  BOOST_TEST((report.board.at(good).state == StageState::kDone));
}

// The limit is for the stage that hangs: another one may be slow on a slow machine.
BOOST_AUTO_TEST_CASE(a_stage_that_hangs_ends_at_its_limit_and_costs_only_itself) {
  FakePlan fake;
  const auto bad = fake.Add("bad", {}, {{"does", "hang"}}), good = fake.Add("good");
  const auto engine = Engine(1, milliseconds(300));
  auto request = Request(fake.plan, bad);
  request.limit_seconds = 0.5;
  engine->Submit(0, request);
  const auto event = OutcomeOf(*engine);
  BOOST_TEST((event.outcome->failure == FailureClass::kTimeout));
  BOOST_TEST(Contains(event.outcome->message, "limit of 0.5 s"), event.outcome->message);
  engine->Submit(0, Request(fake.plan, good));
  BOOST_TEST((OutcomeOf(*engine).outcome->status == StageStatus::kDone));
}

BOOST_AUTO_TEST_CASE(a_worker_that_crashed_is_replaced_and_the_stage_tried_again) {
  FakePlan fake;
  const auto id = fake.Add("flaky", {}, {{"does", "crash_once"}});
  fake.Cell(id);
  const auto report = Run(fake.plan);
  BOOST_TEST((report.board.at(id).state == StageState::kDone));
  BOOST_TEST(report.attempts.at(id) == 2);
}

// It leaves with 0 if whoever ends all processes of a job told it so between two stages.
BOOST_DATA_TEST_CASE_F(Bench, a_worker_ended_from_outside_is_lost_and_no_fault_of_the_stage,
                       boost::unit_test::data::make({"kill_once", "leave_once"})) {
  FakePlan fake;
  const auto id = fake.Add("unlucky", {}, {{"does", sample}});
  fake.Cell(id);
  const auto engine = Engine(1);
  engine->Submit(0, Request(fake.plan, id));
  const auto event = OutcomeOf(*engine);
  BOOST_TEST((event.outcome->status == StageStatus::kFailed));
  BOOST_TEST((event.outcome->failure == FailureClass::kLost));
}

BOOST_AUTO_TEST_CASE(stray_prints_do_no_harm_and_end_in_the_log) {
  FakePlan fake;
  const auto id = fake.Add("chatty", {}, {{"does", "print"}});
  const auto engine = Engine(1);
  engine->Submit(0, Request(fake.plan, id));
  const auto event = OutcomeOf(*engine);
  BOOST_TEST((event.outcome->status == StageStatus::kDone));
  BOOST_TEST(Contains(event.log_tail, "not the protocol"));
}

BOOST_AUTO_TEST_CASE(progress_arrives_while_the_stage_runs) {
  FakePlan fake;
  const auto id = fake.Add("long", {}, {{"steps", 60}, {"step_ms", 10}});
  const auto engine = Engine(1);
  engine->Submit(0, Request(fake.plan, id));
  const auto event = NextOf(*engine);
  BOOST_TEST(!event.outcome.has_value());
  BOOST_TEST(event.progress.total == 60);
  BOOST_TEST((OutcomeOf(*engine).outcome->status == StageStatus::kDone));
}

BOOST_AUTO_TEST_CASE(stop_makes_the_stage_write_a_checkpoint) {
  FakePlan fake;
  const auto id = fake.Add("long", {}, {{"steps", 60}});
  Write(scratch.path() / "hold", "");
  const auto engine = Engine(1);
  engine->Submit(0, Request(fake.plan, id));
  NextOf(*engine);
  engine->Stop();
  BOOST_TEST((OutcomeOf(*engine).outcome->status == StageStatus::kInterrupted));
  BOOST_TEST(
      WorkFolder(store.root(), fake.plan.At(id).stage.key()).Checkpoint("state").has_value());
}

BOOST_AUTO_TEST_CASE(kill_ends_a_stage_that_does_not_hear) {
  FakePlan fake;
  const auto id = fake.Add("deaf", {}, {{"does", "hang"}});
  const auto engine = Engine(1);
  engine->Submit(0, Request(fake.plan, id));
  BOOST_TEST(!NextOf(*engine).outcome.has_value());  // it has begun
  engine->Stop();
  BOOST_TEST(!engine->Wait(milliseconds(300)).has_value());
  engine->Kill();
  BOOST_TEST((OutcomeOf(*engine).outcome->status == StageStatus::kInterrupted));
}

BOOST_AUTO_TEST_CASE(a_program_that_cannot_be_started_is_one_clear_error) {
  LocalEngine engine(MakeSlots({"cpu"}, 1, 1), {.program = "/nonexistent/dfkd"});
  BOOST_TEST(ThrowsIo([&] { engine.Submit(0, {}); }));
}

// What is open stays open under it.
class FewFiles {
 public:
  explicit FewFiles(rlim_t most) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const ::rlimit few{most, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &few);
  }
  ~FewFiles() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  FewFiles(const FewFiles&) = delete;

 private:
  ::rlimit before_{};
};

// Of 10 the pipe itself is made, where so few are open, and cannot be lifted.
BOOST_DATA_TEST_CASE_F(Bench, too_few_open_files_for_a_worker_are_told_with_the_limit_to_raise,
                       boost::unit_test::data::make({3, 10})) {
  const auto engine = Engine(1);
  const auto told = ErrorOf([&] {
    const FewFiles few(sample);
    engine->Submit(0, {});
  });
  BOOST_TEST(told == "open a pipe to a worker: Too many open files (ulimit -n)");
}

BOOST_AUTO_TEST_CASE(one_worker_and_two_give_the_same_digests) {
  const auto plan = DiamondPlan(3, 1);
  BOOST_TEST(Run(plan, 1).ExitCode() == 0);
  const auto one = DigestsOf(plan, store.root());
  fs::remove_all(store.root());
  BOOST_TEST(Run(plan, 2).ExitCode() == 0);
  BOOST_TEST((DigestsOf(plan, store.root()) == one));
}

BOOST_AUTO_TEST_CASE(a_list_of_devices_gives_a_slot_each_unless_jobs_says_otherwise) {
  BOOST_TEST(MakeSlots({"cpu", "cpu"}, 0, 1).size() == 2U);
  const auto slots = MakeSlots({"cuda:0", "cuda:1"}, 3, 2);
  BOOST_TEST(slots.size() == 3U);
  BOOST_TEST(slots[1].device == "cuda:1");
  BOOST_TEST(slots[2].device == "cuda:0");
  BOOST_TEST(ErrorOf([] { MakeSlots({"cpu", ""}, 0, 1); }) != "");
}

BOOST_AUTO_TEST_CASE(an_error_that_breaks_the_gpu_costs_the_worker_and_not_the_next_stage) {
  FakePlan fake;
  const auto bad = fake.Add("breaks", {}, {{"does", "break_gpu"}}), good = fake.Add("good");
  fake.Cell(bad), fake.Cell(good);
  const auto engine = Engine(1);
  engine->Submit(0, Request(fake.plan, bad));
  const auto first = OutcomeOf(*engine);
  BOOST_TEST((first.outcome->failure == FailureClass::kCrash));
  BOOST_TEST(Contains(first.outcome->message, "device-side assert"));
  engine->Submit(0, Request(fake.plan, good));
  BOOST_TEST((OutcomeOf(*engine).outcome->status == StageStatus::kDone));
  BOOST_TEST(Run(fake.plan).ExitCode() == 0);
}

BOOST_AUTO_TEST_CASE(what_ran_out_of_memory_beside_others_is_tried_again_alone) {
  FakePlan fake;
  const auto other = fake.Add("other", {}, {{"does", "await"}, {"awaits", "large"}});
  const auto large = fake.Add("large", {}, {{"does", "allocate_once"}});
  fake.Cell(other), fake.Cell(large);
  const auto report = Run(fake.plan, 2);
  BOOST_TEST((report.board.at(large).state == StageState::kDone));
  BOOST_TEST(report.ExitCode() == 0);
}

// Whatever runs between the failure and the second try: that of slot 1 may take the third stage.
BOOST_AUTO_TEST_CASE(what_is_tried_again_alone_has_no_idle_worker_beside_it_nor_a_used_one) {
  FakePlan fake;
  const Json keeps = {{"keeps_memory", true}};
  auto waiting = keeps;
  waiting.update({{"does", "await"}, {"awaits", "large"}});
  const auto other = fake.Add("other", {}, waiting);
  const auto large = fake.Add("large", {}, {{"does", "need_device_alone"}});
  const auto third = fake.Add("third", {}, keeps);
  for (const auto id : {other, large, third}) fake.Cell(id);
  const auto report = Run(fake.plan, 2);
  BOOST_TEST((report.board.at(large).state == StageState::kDone), report.board.at(large).why);
  BOOST_TEST(report.attempts.at(large) == 2);
}

BOOST_AUTO_TEST_CASE(workers_of_other_devices_and_those_at_work_stay_when_memory_is_short) {
  LocalEngine engine(MakeSlots({"cpu", "cpu", "other"}, 0, 1), {.program = DFKD_FAKE_WORKER});
  FakePlan fake;
  const auto large = fake.Add("large", {}, {{"does", "allocate_once"}});
  const auto busy = fake.Add("busy", {}, {{"steps", 2}, {"keeps_memory", true}});
  const auto elsewhere = fake.Add("elsewhere", {}, {{"keeps_memory", true}});
  engine.Submit(2, Request(fake.plan, elsewhere));
  OutcomeOf(engine);
  engine.Submit(0, Request(fake.plan, large));
  BOOST_TEST((OutcomeOf(engine).outcome->failure == FailureClass::kMemory));
  Write(scratch.path() / "hold", "");
  engine.Submit(1, Request(fake.plan, busy));
  while (CountKeepers(scratch.path()) < 2) engine.Wait(milliseconds(10));
  engine.Submit(0, Request(fake.plan, large));
  fs::remove(scratch.path() / "hold");
  for (int i = 0; i < 2; ++i) BOOST_TEST((OutcomeOf(engine).outcome->status == StageStatus::kDone));
  BOOST_TEST(CountKeepers(scratch.path()) == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::local_engine_test
