#include "bench/engines/slurm_pull.h"

#include <boost/test/unit_test.hpp>

#include "bench/engines/inline_engine.h"
#include "bench/engines/slurm_attempts.h"
#include "tests/engines/fake_stages.h"
#include "tests/engines/slurm_stubs.h"

namespace dfkd::slurm_pull_test {

using namespace testing;  // NOLINT: the helpers of this folder

struct Bench {
  Bench() { settings.idle_seconds = 30; }

  PullEnd Run(
      const Plan& plan, const slurm::Self& self = {.task = "1_0", .job = "1"},
      const std::function<Asked()>& asked = [] { return Asked::kNothing; },
      double seconds_before = 0) {
    const SlurmJobs jobs(store.root(), plan, false);
    jobs.WriteSettings(latest.value_or(settings));
    InlineEngine engine(RunFake);
    RunOptions options{.data = scratch.path()};
    options.busy_pause = std::chrono::milliseconds(5);
    const auto before = std::chrono::duration_cast<AttemptLog::Clock::duration>(
        std::chrono::duration<double>(seconds_before));
    AttemptLog log(jobs, self, settings, AttemptLog::Clock::now() - before);
    const auto end = Pull(plan, store, engine, jobs, log, options, asked);
    attempts = ReadAttempts(jobs);
    return end;
  }
  bool Has(const Plan& plan, StageId id) const { return store.Has(plan.Ref(id)); }
  // As if a stage of the label had taken so long before.
  void Took(const std::string& label, double seconds) const {
    fs::create_directories(store.root());
    AppendHistoryLine(store.root() / "history.jsonl",
                      {.kind = "fake", .key = "0", .label = label, .seconds = seconds});
  }
  static slurm::Self With(double seconds_left, int restarts = 0) {
    return {.task = "1_0",
            .job = "1",
            .node = "node1",
            .restarts = restarts,
            .gpus = 1,
            .seconds_left = seconds_left};
  }

  ScratchFolder scratch;
  Store store{scratch.path() / "store"};
  WorkerSettings settings;
  std::optional<WorkerSettings> latest = std::nullopt;  // of another array, filed after ours
  std::vector<Attempt> attempts;
};

BOOST_FIXTURE_TEST_SUITE(slurm_pull, Bench)

BOOST_AUTO_TEST_CASE(a_worker_does_all_that_can_be_done_and_writes_down_what_it_took) {
  const auto plan = DiamondPlan(2, 0);
  const auto end = Run(plan);
  BOOST_TEST(end.code == 0);
  BOOST_TEST(end.all_done);
  BOOST_TEST(!end.requeue);
  BOOST_TEST_REQUIRE(attempts.size() == 1U);
  BOOST_TEST(attempts[0].stages == static_cast<int>(plan.stages.size()));
  BOOST_TEST(attempts[0].ended == "nothing is left to do");
  BOOST_TEST(attempts[0].peak_bytes > 1'000'000);
  BOOST_TEST(!attempts[0].waited_seconds.has_value());
}

BOOST_AUTO_TEST_CASE(an_attempt_says_how_long_its_task_was_in_the_queue) {
  FakePlan fake;
  fake.Cell(fake.Add("a"));
  auto self = With(1000);
  self.seconds_waited = 42;
  Run(fake.plan, self);
  BOOST_TEST_REQUIRE(attempts.size() == 1U);
  BOOST_TEST(attempts[0].waited_seconds.value_or(-1) == 42);
}

BOOST_AUTO_TEST_CASE(an_attempt_is_written_down_before_its_first_stage) {
  FakePlan fake;
  fake.Cell(fake.Add("a"));
  const SlurmJobs jobs(store.root(), fake.plan, false);
  size_t before = 0;
  const auto count = [&] {
    if (!store.Has(fake.plan.Ref(0))) before = ReadAttempts(jobs).size();
    return Asked::kNothing;
  };
  Run(fake.plan, With(1000), count);
  BOOST_TEST(before == 1U);
}

BOOST_AUTO_TEST_CASE(
    a_worker_that_is_told_to_yield_is_started_anew_one_that_is_told_to_end_is_not) {
  const auto plan = DiamondPlan(2, 0);
  const auto yielded = Run(plan, With(1000), [] { return Asked::kYield; });
  BOOST_TEST(yielded.code == kExitRequeue);
  BOOST_TEST(yielded.requeue);
  const auto ended = Run(plan, With(1000), [] { return Asked::kEnd; });
  BOOST_TEST(ended.code == kExitRequeue);
  BOOST_TEST(!ended.requeue);
  BOOST_TEST(!Has(plan, 0));
}

BOOST_AUTO_TEST_CASE(a_stage_that_takes_longer_than_the_time_left_is_left_to_others) {
  FakePlan fake;
  const auto quick = fake.Add("quick"), slow = fake.Add("slow");
  fake.Cell(quick), fake.Cell(slow);
  Took("slow", 900), Took("quick", 1);
  const auto end = Run(fake.plan, With(1200));  // two minutes are kept for the last checkpoint
  BOOST_TEST(Has(fake.plan, quick));
  BOOST_TEST(!Has(fake.plan, slow));
  BOOST_TEST(end.code == kExitRequeue);
  BOOST_TEST(end.requeue);
  BOOST_TEST(Run(fake.plan, With(1400)).all_done);
}

BOOST_AUTO_TEST_CASE(nothing_that_was_never_measured_begins_in_the_last_quarter) {
  FakePlan fake;
  const auto first = fake.Add("first", {}, {{"steps", 10}, {"step_ms", 20}});
  const auto second = fake.Add("second", {first});
  fake.Cell(second);
  settings.lead_seconds = 0;
  const auto end = Run(fake.plan, With(0.25));
  BOOST_TEST(!Has(fake.plan, second));
  BOOST_TEST(end.requeue);
}

BOOST_AUTO_TEST_CASE(a_worker_yields_by_the_clock_where_no_signal_comes) {
  FakePlan fake;
  fake.Cell(fake.Add("long", {}, {{"steps", 100'000}, {"step_ms", 5}}));
  Took("long", 0.001);
  settings.lead_seconds = 1;
  const auto end = Run(fake.plan, With(1.3));
  BOOST_TEST(end.code == kExitRequeue);
  BOOST_TEST(end.why == "its time is nearly up");
}

BOOST_AUTO_TEST_CASE(what_comes_no_further_in_four_starts_is_not_started_again) {
  FakePlan fake;
  fake.Cell(fake.Add("slow"));
  Took("slow", 900);
  BOOST_TEST(Run(fake.plan, With(200, 2)).requeue);
  const auto end = Run(fake.plan, With(200, 3));
  BOOST_TEST(end.code == 1);
  BOOST_TEST(!end.requeue);
  BOOST_TEST(!end.bad_node);
}

BOOST_AUTO_TEST_CASE(an_attempt_is_written_down_before_the_plan_is_read) {
  const SlurmJobs jobs(store.root(), DiamondPlan(1, 0), false);
  const AttemptLog log(jobs, With(1000), settings);
  const auto written = ReadAttempts(jobs);
  BOOST_TEST_REQUIRE(written.size() == 1U);
  BOOST_TEST(written[0].SeemsAlive());
  BOOST_TEST(!written[0].machine.empty());
}

BOOST_AUTO_TEST_CASE(the_time_until_the_plan_was_read_counts_for_account_and_time_limit) {
  FakePlan fake;
  fake.Cell(fake.Add("a"));
  const auto nothing = [] { return Asked::kNothing; };
  BOOST_TEST(Run(fake.plan, With(1000), nothing, 900).why == "its time is nearly up");
  BOOST_TEST(!Has(fake.plan, 0));
  BOOST_TEST_REQUIRE(attempts.size() == 1U);
  BOOST_TEST(attempts[0].seconds >= 900);
}

BOOST_AUTO_TEST_CASE(a_worker_with_nothing_to_do_for_too_long_ends) {
  FakePlan fake;
  fake.Cell(fake.Add("a"));
  const auto lease = TryAcquire(WorkFolder(store.root(), fake.plan.At(0).stage.key()));
  settings.idle_seconds = 0.2;
  const auto end = Run(fake.plan);
  BOOST_TEST(end.code == 0);
  BOOST_TEST(!end.all_done);
  BOOST_TEST(end.why == "nothing to do for too long");
}

BOOST_AUTO_TEST_CASE(a_spent_budget_keeps_stages_from_beginning) {
  const auto plan = DiamondPlan(1, 0);
  settings.budget = "1gpuh";
  const SlurmJobs jobs(store.root(), plan, false);
  WriteAttempt(jobs, "before", {.task = "1_7", .gpus = 1, .seconds = 3600, .ended = "told to go"});
  const auto end = Run(plan, With(1000));
  BOOST_TEST(end.code == 0);
  BOOST_TEST(end.why == "the budget is spent");
  BOOST_TEST(end.budget_spent);
  BOOST_TEST(!Has(plan, 0));
  settings.budget = "2gpuh";
  const auto other = Run(plan, With(1000));
  BOOST_TEST(other.all_done);
  BOOST_TEST(!other.budget_spent);
}

BOOST_AUTO_TEST_CASE(when_the_budget_is_spent_waiting_workers_are_cancelled) {
  const Stubs stubs;
  stubs.Answer("scancel", "echo \"$@\" >\"$(dirname \"$0\")/asked\"");
  const SlurmJobs jobs(store.root(), DiamondPlan(1, 0), false);
  Conclude({.budget_spent = true}, jobs, AttemptLog(jobs, With(1000), settings));
  BOOST_TEST(stubs.Asked("asked") == "--state=PENDING --name=" + jobs.name() + "\n");
}

BOOST_AUTO_TEST_CASE(a_node_on_which_everything_fails_at_once_is_left) {
  FakePlan fake;
  for (const char* name : {"a", "b", "c", "d"}) fake.Cell(fake.Add(name, {}, {{"does", "io"}}));
  const auto end = Run(fake.plan, With(1000));
  BOOST_TEST(end.code == 1);
  BOOST_TEST(end.bad_node);
  BOOST_TEST_REQUIRE(attempts.size() == 1U);
  BOOST_TEST(attempts[0].failed.size() < 8U);
  const auto other = Run(fake.plan, With(1000));  // the next worker there does not even begin
  BOOST_TEST(other.bad_node);
  BOOST_TEST_REQUIRE(attempts.size() == 2U);
  BOOST_TEST((attempts[0].failed.empty() || attempts[1].failed.empty()));
}

BOOST_AUTO_TEST_CASE(
    a_worker_on_a_node_that_is_not_to_be_believed_ends_and_so_do_all_others_there) {
  FakePlan fake;
  fake.Cell(fake.Add("a"));
  const SlurmJobs jobs(store.root(), fake.plan, false);
  AttemptLog log(jobs, With(1000), settings);
  const auto end = EndOfWrongNode(log, "the toy teacher is another");
  BOOST_TEST(end.code == 1);
  BOOST_TEST(end.bad_node);
  BOOST_TEST(!end.requeue);
  BOOST_TEST(ReadAttempts(jobs).at(0).ended == "the toy teacher is another");
  BOOST_TEST(Run(fake.plan, With(1000)).bad_node);
  BOOST_TEST(!Has(fake.plan, 0));
}

BOOST_AUTO_TEST_CASE(a_worker_goes_by_the_settings_that_it_was_filed_with) {
  FakePlan fake;
  fake.Cell(fake.Add("a"));
  settings.lead_seconds = 1;
  latest = settings;
  latest->lead_seconds = 500;
  BOOST_TEST(Run(fake.plan, With(100)).all_done);
}

BOOST_AUTO_TEST_CASE(a_bad_node_joins_the_others_and_those_that_the_site_excludes) {
  const Stubs stubs;
  stubs.Answer("scontrol", "echo \"$@\" >\"$(dirname \"$0\")/asked\"");
  const SlurmJobs jobs(store.root(), DiamondPlan(1, 0), false);
  Attempt earlier{.task = "1_7", .node = "node9"};
  for (const char* key : {"a", "b", "c"}) earlier.failed.push_back({key});
  WriteAttempt(jobs, "earlier", earlier);
  settings.exclude = "old[1-2]";
  Conclude({.bad_node = true}, jobs, AttemptLog(jobs, With(1000), settings));
  BOOST_TEST(stubs.Asked("asked") == "update JobId=1 ExcNodeList=node1,node9,old[1-2]\n");
}

BOOST_AUTO_TEST_CASE(all_is_done_for_those_that_wait_although_a_stage_has_failed_for_good) {
  FakePlan fake;
  const auto bad = fake.Add("bad", {}, {{"does", "throw"}});
  fake.Cell(fake.Add("after", {bad}), {bad}), fake.Cell(fake.Add("good"));
  BOOST_TEST(Run(fake.plan).all_done);
  BOOST_TEST(!Has(fake.plan, bad));
}

BOOST_AUTO_TEST_CASE(what_a_larger_machine_that_computes_may_still_do_is_not_all_done) {
  FakePlan fake;
  fake.Cell(fake.Add("large", {}, {{"does", "too_large"}}));
  BOOST_TEST(Run(fake.plan).all_done);
  const SlurmJobs jobs(store.root(), fake.plan, false);
  WriteAttempt(jobs, "larger",
               {.task = "1_7",
                .node = "node2",
                .machine = "large",
                .process = {.host = "node2", .boot = "b", .pid_namespace = "n", .pid = 7}});
  BOOST_TEST(!Run(fake.plan).all_done);
}

BOOST_AUTO_TEST_CASE(a_worker_hears_that_it_is_to_go_while_it_looks_at_many_stages) {
  FakePlan fake;
  for (int i = 0; i < 200; ++i) fake.Cell(fake.Add(fmt::format("stage {}", i)));
  for (const auto& stage : fake.plan.stages) Took(stage.label, 900);
  int looks = 0;
  const auto asked = [&] { return ++looks > 50 ? Asked::kEnd : Asked::kNothing; };
  BOOST_TEST(Run(fake.plan, With(200), asked).why == "told to go");
}

BOOST_AUTO_TEST_CASE(what_could_not_be_fetched_is_computed_although_its_users_are_there) {
  const auto plan = DiamondPlan(1, 0);
  Run(plan);
  fs::remove_all(store.FolderOf(plan.Ref(0)));
  Run(plan);
  BOOST_TEST(!Has(plan, 0));
  SlurmJobs(store.root(), plan, false).WriteOutstanding({plan.Ref(0)});
  Run(plan);
  BOOST_TEST(Has(plan, 0));
}

// They would ask for the same stage at the same moment, again and again.
BOOST_AUTO_TEST_CASE(workers_begin_with_different_ones_of_what_is_equally_important) {
  const auto first_of = [&](const std::string& task) {
    FakePlan fake;
    for (int i = 0; i < 50; ++i) fake.Cell(fake.Add(fmt::format("{} {}", task, i)));
    int looks = 0;
    Run(fake.plan, {.task = task, .job = "1"},
        [&] { return ++looks > 8 ? Asked::kEnd : Asked::kNothing; });
    StageId id = 0;
    while (id < 50 && !Has(fake.plan, id)) ++id;
    return id;
  };
  std::set<StageId> firsts;
  for (const char* task : {"1_0", "1_1", "1_2", "1_3"}) firsts.insert(first_of(task));
  BOOST_TEST(firsts.size() > 1U);
}

BOOST_AUTO_TEST_CASE(what_to_ask_for_is_a_third_more_than_what_most_of_its_like_took) {
  for (int i = 1; i <= 100; ++i) Took("distill", i);
  const auto history = store.ReadHistory();
  BOOST_TEST(SecondsToAsk(history, "distill").value() == 1.3 * 95);
  BOOST_TEST(!SecondsToAsk(history, "teacher").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::slurm_pull_test
