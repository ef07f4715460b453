#include "bench/engines/scheduler.h"

#include <boost/test/unit_test.hpp>
#include <regex>

#include "bench/engines/forecast.h"
#include "bench/engines/inline_engine.h"
#include "bench/engines/order.h"
#include "bench/engines/progress.h"
#include "bench/store/failures.h"
#include "bench/store/lease_record.h"
#include "tests/engines/scheduler_testing.h"

namespace dfkd::scheduler_test {

using namespace testing;  // NOLINT: the helpers of this folder

StageState StateOf(const RunReport& report, StageId id) { return report.board.at(id).state; }

BOOST_FIXTURE_TEST_SUITE(scheduler, Bench)

BOOST_AUTO_TEST_CASE(everything_is_run_once_and_never_again) {
  const auto plan = DiamondPlan(2, 0);
  const auto first = Run(plan);
  BOOST_TEST(first.ExitCode() == 0);
  BOOST_TEST(first.Count(StageState::kDone) == plan.stages.size());
  BOOST_TEST(recorder.started.size() == plan.stages.size());
  const auto second = Run(plan);
  BOOST_TEST(second.cached == plan.stages.size());
  BOOST_TEST(recorder.started.empty());
}

BOOST_AUTO_TEST_CASE(what_most_others_wait_for_goes_first_then_what_takes_longest) {
  FakePlan fake;
  const auto quick = fake.Add("quick"), slow = fake.Add("slow"), shared = fake.Add("shared");
  fake.Cell(quick), fake.Cell(slow);
  fake.Cell(fake.Add("user 1", {shared})), fake.Cell(fake.Add("user 2", {shared}));
  const History history({{.kind = "fake", .key = "1", .label = "quick", .seconds = 1},
                         {.kind = "fake", .key = "2", .label = "slow", .seconds = 60}});
  const auto order = ByPriority(fake.plan, {quick, slow, shared, 3, 4}, history, false);
  BOOST_TEST(order[0] == shared);
  BOOST_TEST(order[1] == slow);
  BOOST_TEST(order[2] == quick);
}

BOOST_AUTO_TEST_CASE(a_stage_waits_for_the_previous_cut_of_its_run) {
  Run(DiamondPlan(1, 0));
  const auto at = [&](const std::string& title) {
    return std::find(recorder.started.begin(), recorder.started.end(), title);
  };
  BOOST_TEST((at("early") < at("late")));
}

BOOST_AUTO_TEST_CASE(what_needs_a_failed_stage_is_not_run_and_the_rest_is) {
  FakePlan fake;
  const auto bad = fake.Add("bad", {}, {{"does", "throw"}}), good = fake.Add("good");
  const auto after = fake.Add("after", {bad}), next = fake.Add("next", {after});
  fake.Cell(next, {bad, after}), fake.Cell(good);
  const auto report = Run(fake.plan);
  BOOST_TEST((StateOf(report, bad) == StageState::kFailed));
  BOOST_TEST((StateOf(report, next) == StageState::kBlocked));
  BOOST_TEST(report.board.at(next).why == "'bad' failed: lr = nan must be finite");
  BOOST_TEST((StateOf(report, good) == StageState::kDone));
  BOOST_TEST(report.ExitCode() == 1);
  const auto view = ViewOf(fake.plan, fake.plan.cells[0], report.board);
  BOOST_TEST((view.state == CellState::kFailed));
  BOOST_TEST(Contains(view.why, "lr = nan"));
  BOOST_TEST((ViewOf(fake.plan, fake.plan.cells[1], report.board).state == CellState::kDone));
}

BOOST_AUTO_TEST_CASE(failures_are_recorded_not_repeated_and_tried_again_if_asked) {
  FakePlan fake;
  const auto bad = fake.Add("bad", {}, {{"does", "throw"}});
  fake.Cell(bad);
  const Failures failures(store.root());
  const auto key = fake.plan.At(bad).stage.key();
  Run(fake.plan);
  BOOST_TEST(failures.ReadAll(key).size() == 1U);
  const auto again = Run(fake.plan);
  BOOST_TEST(recorder.started.empty());
  BOOST_TEST(Contains(again.board.at(bad).why, "--retry-failed"));
  Run(fake.plan, {.retry_failed = true});
  BOOST_TEST(recorder.started.size() == 1U);
  BOOST_TEST(failures.ReadAll(key).size() == 2U);
}

// Publishes what it has, as a remote would; what it has later, once it is asked again.
class FakeSource final : public ArtifactSource {
 public:
  FakeSource(const Plan& plan, Store& store, std::set<StageId> has, std::set<StageId> later = {})
      : plan_(plan), store_(store), has_(std::move(has)), later_(std::move(later)) {}

  size_t Fetch(const std::vector<std::string>& refs,
               const std::function<bool(const SourceProgress&)>&) override {
    size_t brought = 0;
    for (const auto id : has_) {
      if (std::find(refs.begin(), refs.end(), plan_.Ref(id)) == refs.end()) continue;
      Bring(plan_, store_, id);
      ++brought;
    }
    has_ = std::exchange(later_, {});
    ++asked;
    return brought;
  }
  std::vector<std::string> Outstanding() const override { return plan_.Refs(outstanding); }
  std::optional<std::chrono::steady_clock::time_point> AskAgain() const override {
    if (has_.empty()) return std::nullopt;
    return std::chrono::steady_clock::now();
  }

  int asked = 0;
  std::vector<StageId> outstanding;

 private:
  const Plan& plan_;
  Store& store_;
  std::set<StageId> has_, later_;
};

BOOST_AUTO_TEST_CASE(what_can_be_had_elsewhere_is_not_computed) {
  FakePlan fake;
  const auto teacher = fake.Add("teacher"), student = fake.Add("student", {teacher});
  fake.Cell(student, {teacher});
  FakeSource source(fake.plan, store, {teacher, student});
  const auto report = Run(fake.plan, {.source = &source});
  BOOST_TEST(report.ExitCode() == 0);
  BOOST_TEST(report.fetched == 2U);
  BOOST_TEST(report.cached == 2U);
  BOOST_TEST(recorder.started.empty());
  BOOST_TEST(source.asked == 1);
}

BOOST_AUTO_TEST_CASE(what_is_outstanding_is_computed_although_what_was_made_from_it_is_there) {
  FakePlan fake;
  const auto images = fake.Add("images"), teacher = fake.Add("teacher", {images}),
             student = fake.Add("student", {teacher});
  fake.Cell(student, {images, teacher});
  FakeSource source(fake.plan, store, {student});
  source.outstanding = {teacher};
  BOOST_TEST(Run(fake.plan, {.source = &source}).ExitCode() == 0);
  BOOST_TEST(recorder.started == (std::vector<std::string>{"images", "teacher"}));
}

BOOST_AUTO_TEST_CASE(a_source_that_was_out_of_reach_is_asked_again_while_the_run_goes_on) {
  FakePlan fake;
  const auto teacher = fake.Add("teacher"), student = fake.Add("student", {teacher});
  fake.Cell(student, {teacher});
  FakeSource source(fake.plan, store, {}, {student});
  const auto report = Run(fake.plan, {.source = &source});
  BOOST_TEST(report.ExitCode() == 0);
  BOOST_TEST(report.fetched == 1U);
  BOOST_TEST(store.Has(fake.plan.Ref(student)));
  BOOST_TEST(recorder.started.empty());
}

// Asked again when a stage runs, it does not answer before that stage has been heard.
class SlowSource final : public ArtifactSource {
 public:
  explicit SlowSource(const Recorder& recorder) : recorder_(recorder) {}

  size_t Fetch(const std::vector<std::string>&,
               const std::function<bool(const SourceProgress&)>& progress) override {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (asked > 0 && recorder_.finished.empty() && std::chrono::steady_clock::now() < until)
      progress({});
    heard = heard || !recorder_.finished.empty();
    ++asked;
    return 0;
  }
  std::vector<std::string> Outstanding() const override { return {}; }
  std::optional<std::chrono::steady_clock::time_point> AskAgain() const override {
    if (recorder_.started.empty() || asked > 1) return std::nullopt;
    return std::chrono::steady_clock::now();
  }

  int asked = 0;
  bool heard = false;

 private:
  const Recorder& recorder_;
};

BOOST_AUTO_TEST_CASE(stages_are_heard_while_a_source_is_asked) {
  FakePlan fake;
  fake.Cell(fake.Add("student", {fake.Add("teacher")}));
  SlowSource source(recorder);
  BOOST_TEST(Run(fake.plan, {.source = &source}).ExitCode() == 0);
  BOOST_TEST(source.asked == 2);
  BOOST_TEST(source.heard);
}

BOOST_AUTO_TEST_CASE(io_failures_are_tried_twice) {
  FakePlan fake;
  fake.Cell(fake.Add("full disk", {}, {{"does", "io"}}));
  BOOST_TEST(Run(fake.plan).ExitCode() == 1);
  BOOST_TEST(recorder.started.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_full_disk_halts_the_run_and_is_no_stages_fault) {
  FakePlan fake;
  const auto full = fake.Add("full disk", {}, {{"does", "full"}});
  fake.Cell(full);
  fake.Cell(fake.Add("another"));
  const auto report = Run(fake.plan);
  BOOST_TEST(report.ExitCode() == 2);
  BOOST_TEST(Contains(report.halted, "No space left on device"));
  BOOST_TEST(recorder.started.size() == 1U);
  BOOST_TEST(Contains(recorder.notes, "the same command continues"));
  BOOST_TEST(Failures(store.root()).ReadAll(fake.plan.At(full).stage.key()).empty());
  BOOST_TEST((StateOf(report, full) == StageState::kWaiting));
}

BOOST_AUTO_TEST_CASE(a_file_that_another_machine_took_away_is_lost_and_tried_again) {
  FakePlan fake;
  const auto id = fake.Add("stale", {}, {{"does", "stale_once"}});
  fake.Cell(id);
  const auto key = fake.plan.At(id).stage.key();
  for (int i = 0; i < 3; ++i) Failures(store.root()).Record(key, {FailureClass::kLost, "stale"});
  BOOST_TEST(Run(fake.plan).ExitCode() == 0);
  BOOST_TEST(recorder.started.size() == 2U);
}

BOOST_AUTO_TEST_CASE(what_was_too_large_for_another_kind_of_machine_is_tried_here) {
  FakePlan fake;
  const auto id = fake.Add("large");
  fake.Cell(id);
  const auto key = fake.plan.At(id).stage.key();
  Failures(store.root())
      .Record(key, {FailureClass::kMemory, "out of memory", "", "a machine with 1 GiB"});
  BOOST_TEST((StateOf(Run(fake.plan), id) == StageState::kDone));
}

BOOST_AUTO_TEST_CASE(fail_fast_does_not_stop_at_divergence) {
  FakePlan fake;
  const auto wild = fake.Add("wild", {}, {{"does", "diverge"}});
  fake.Cell(fake.Add("after wild", {wild}), {wild});
  const auto good = fake.Add("good");
  fake.Cell(good);
  for (int run = 0; run < 2; ++run) {  // the second finds it recorded
    const auto report = Run(fake.plan, {.fail_fast = true});
    BOOST_TEST((StateOf(report, good) == StageState::kDone));
    BOOST_TEST(report.ExitCode() == 0);
  }
}

BOOST_AUTO_TEST_CASE(who_is_waited_for_is_said_once) {
  FakePlan fake;
  const auto id = fake.Add("shared");
  fake.Cell(id), fake.Cell(fake.Add("another, which is run first"));
  auto record = store::OwnRecord();
  record.host = "node17";
  const WorkFolder work(store.root(), fake.plan.At(id).stage.key());
  Write(work.folder() / "lease", store::ToText(record));
  int looks = 0;
  RunOptions options;
  options.stop_requests = [&] { return ++looks > 60 ? 1 : 0; };
  Run(fake.plan, options);
  const auto at = recorder.notes.find("shared: another runner works on it: node17, pid ");
  BOOST_TEST_REQUIRE(at != std::string::npos, recorder.notes);
  BOOST_TEST(recorder.notes.find("node17", at + 50) == std::string::npos, recorder.notes);
}

BOOST_AUTO_TEST_CASE(divergence_is_a_result_and_no_error_of_the_run) {
  FakePlan fake;
  fake.Cell(fake.Add("wild", {}, {{"does", "diverge"}}));
  BOOST_TEST(Run(fake.plan).ExitCode() == 0);
}

// As its score does.
BOOST_AUTO_TEST_CASE(a_cell_that_diverged_or_timed_out_says_so_to_runner_and_status) {
  FakePlan fake;
  const auto wild = fake.Add("wild", {}, {{"does", "diverge"}});
  fake.Cell(fake.Add("behind", {wild}), {wild});
  fake.Cell(fake.Add("endless", {}, {{"steps", 1000}, {"step_ms", 10}}));
  fake.Cell(fake.Add("bad", {}, {{"does", "throw"}}));
  const auto report = Run(fake.plan, {.limit_seconds = 0.05});
  const auto read = ReadBoard(fake.plan, store, /*ignore_gate=*/false);
  const std::string states[] = {"diverged", "timed_out", "failed"};
  for (size_t i = 0; i < std::size(states); ++i) {
    for (const auto* board : {&report.board, &read}) {
      const auto view = ViewOf(fake.plan, fake.plan.cells[i], *board);
      BOOST_TEST(Name(view.state) == states[i]);
    }
  }
  char* text = nullptr;
  size_t size = 0;
  std::FILE* out = ::open_memstream(&text, &size);
  ProgressPrinter(out, false, 1).Begin(fake.plan, report.board, History({}));
  std::fclose(out);
  const std::string printed(text, size);
  std::free(text);
  BOOST_TEST(printed.starts_with("cells 3/3 (1 failed, 1 diverged, 1 timed_out), stages 0/4"),
             printed);
}

BOOST_AUTO_TEST_CASE(success_clears_earlier_failures) {
  FakePlan fake;
  const auto id = fake.Add("flaky");
  fake.Cell(id);
  const auto key = fake.plan.At(id).stage.key();
  Failures(store.root()).Record(key, {FailureClass::kCrash, "boom"});
  BOOST_TEST(Run(fake.plan).ExitCode() == 0);
  BOOST_TEST(Failures(store.root()).ReadAll(key).empty());
}

BOOST_AUTO_TEST_CASE(fail_fast_starts_nothing_more) {
  FakePlan fake;
  const auto bad = fake.Add("bad", {}, {{"does", "throw"}});
  fake.Cell(fake.Add("after bad", {bad}), {bad});
  fake.Cell(fake.Add("good"));
  const auto report = Run(fake.plan, {.fail_fast = true});
  BOOST_TEST(recorder.started.size() == 1U);
  BOOST_TEST(report.ExitCode() == 1);
}

BOOST_AUTO_TEST_CASE(what_somebody_else_works_on_is_looked_at_again) {
  FakePlan fake;
  const auto id = fake.Add("shared with another runner", {}, {{"does", "busy_once"}});
  fake.Cell(id);
  const auto report = Run(fake.plan);
  BOOST_TEST((StateOf(report, id) == StageState::kDone));
  BOOST_TEST(recorder.started.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_damaged_input_is_computed_again_and_said) {
  FakePlan fake;
  const auto teacher = fake.Add("teacher"), student = fake.Add("student", {teacher});
  const auto evaluation = fake.Add("evaluation", {student});
  fake.Cell(evaluation, {teacher, student});
  Run(fake.plan);
  const auto digests = DigestsOf(fake.plan, store.root());
  Write(store.Open(fake.plan.Ref(teacher)).File("out.txt"), "damaged");
  fs::remove_all(store.FolderOf(fake.plan.Ref(student)));
  fs::remove_all(store.FolderOf(fake.plan.Ref(evaluation)));
  const auto report = Run(fake.plan);
  BOOST_TEST(report.ExitCode() == 0);
  BOOST_TEST(Contains(recorder.notes, fake.plan.Ref(teacher) + " is damaged"));
  BOOST_TEST((DigestsOf(fake.plan, store.root()) == digests));
}

BOOST_AUTO_TEST_CASE(an_input_that_goes_while_it_is_read_is_computed_again) {
  FakePlan fake;
  const auto teacher = fake.Add("teacher");
  fake.Cell(fake.Add("student", {teacher}, {{"does", "remove_input_once"}}), {teacher});
  BOOST_TEST(Run(fake.plan).ExitCode() == 0);
  BOOST_TEST(Has(fake.plan, teacher));
  BOOST_TEST(recorder.started.size() == 4U);
}

BOOST_AUTO_TEST_CASE(an_input_that_another_runner_mended_meanwhile_is_held_against_nobody) {
  FakePlan fake;
  const auto teacher = fake.Add("teacher");
  fake.Cell(fake.Add("student", {teacher}, {{"does", "gone_thrice"}}), {teacher});
  BOOST_TEST(Run(fake.plan).ExitCode() == 0);
  BOOST_TEST(recorder.started.size() == 5U);
}

BOOST_AUTO_TEST_CASE(what_is_damaged_and_read_by_no_stage_can_be_found_and_computed_again) {
  FakePlan fake;
  const auto last = fake.Add("evaluation", {fake.Add("student")});
  fake.Cell(last);
  Run(fake.plan);
  BOOST_TEST(DiscardDamaged(fake.plan, store) == 0U);
  Write(store.Open(fake.plan.Ref(last)).File("out.txt"), "damaged");
  BOOST_TEST(DiscardDamaged(fake.plan, store) == 1U);
  BOOST_TEST(Run(fake.plan).ExitCode() == 0);
  BOOST_TEST(recorder.started.size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_a_killed_runner_left_of_finished_work_is_swept) {
  FakePlan fake;
  const auto id = fake.Add("finished");
  fake.Cell(id);
  Run(fake.plan);
  const WorkFolder work(store.root(), fake.plan.At(id).stage.key());
  Write(work.folder() / "staging" / "x", "");
  Run(fake.plan);
  BOOST_TEST(!fs::exists(work.folder()));
}

BOOST_AUTO_TEST_CASE(a_stop_request_leaves_the_rest_for_the_next_run) {
  const auto plan = DiamondPlan(20, 10);
  int looks = 0;
  RunOptions options;
  options.stop_requests = [&] { return ++looks > 5 ? 1 : 0; };
  const auto report = Run(plan, options);
  BOOST_TEST(report.ExitCode() == 130);
  BOOST_TEST(report.Count(StageState::kDone) < plan.stages.size());
  BOOST_TEST(Run(plan).ExitCode() == 0);
}

BOOST_AUTO_TEST_CASE(a_stage_over_its_limit_times_out) {
  FakePlan fake;
  const auto id = fake.Add("endless", {}, {{"steps", 1000}, {"step_ms", 10}});
  fake.Cell(id);
  const auto report = Run(fake.plan, {.limit_seconds = 0.05});
  BOOST_TEST((report.board.at(id).failure == FailureClass::kTimeout));
  BOOST_TEST(Contains(report.board.at(id).why, "limit of 0.05 s"));
}

BOOST_AUTO_TEST_CASE(a_forecast_says_why_stages_run) {
  FakePlan fake, changed;
  const auto gone = fake.Add("gone"), used = fake.Add("used", {gone});
  fake.Cell(used, {gone});
  Run(fake.plan);
  fs::remove_all(store.FolderOf(fake.plan.Ref(gone)));
  auto forecast = MakeForecast(fake.plan, store);
  BOOST_TEST(forecast.needed.empty());
  BOOST_TEST(forecast.gone == std::vector<StageId>{gone}, boost::test_tools::per_element());
  fs::remove_all(store.FolderOf(fake.plan.Ref(used)));
  forecast = MakeForecast(fake.plan, store);
  BOOST_TEST(forecast.needed.size() == 2U);
  BOOST_TEST(forecast.needed[0].why == "published earlier and deleted since");
  Run(fake.plan);
  BOOST_TEST(Contains(recorder.notes, "gone: published earlier and deleted since; computed again"));
  changed.Cell(changed.Add("used", {}, {{"steps", 2}}));
  forecast = MakeForecast(changed.plan, store);
  BOOST_TEST(Contains(forecast.needed[0].why, "/steps"));
}

BOOST_AUTO_TEST_CASE(shared_stages_are_counted_once_in_the_ratio) {
  const auto plan = DiamondPlan(1, 0);
  const auto forecast = MakeForecast(plan, store);
  BOOST_TEST(forecast.total == 7U);
  BOOST_TEST(forecast.shared == 2U);
  BOOST_TEST(forecast.ratio == 9.0 / 7.0, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(without_a_terminal_each_finished_stage_is_one_line) {
  char* text = nullptr;
  size_t size = 0;
  std::FILE* out = ::open_memstream(&text, &size);
  {
    InlineEngine engine(RunFake);
    ProgressPrinter printer(out, false, 1);
    RunPlan(DiamondPlan(1, 0), store, engine, {.data = scratch.path()}, printer);
  }
  std::fclose(out);
  const std::string printed(text, size);
  std::free(text);
  // Summaries come between them, by the clock: at the start, then every 30 seconds.
  const std::regex done("^[a-z ]+  [0-9:]+  done$", std::regex::multiline);
  BOOST_TEST(std::distance(std::sregex_iterator(printed.begin(), printed.end(), done), {}) == 7);
  BOOST_TEST(printed.starts_with("cells 0/2, stages 0/7"), printed);
  BOOST_TEST(std::regex_search(printed, std::regex("\nevaluate late  [0-9:]+  done\n")), printed);
  BOOST_TEST(!Contains(printed, "\x1b"));
}

BOOST_AUTO_TEST_CASE(a_terminal_that_is_gone_ends_no_run) {
  std::FILE* gone = std::fopen("/dev/full", "w");
  BOOST_TEST_REQUIRE(gone != nullptr);
  std::setvbuf(gone, nullptr, _IONBF, 0);  // as standard error
  {
    InlineEngine engine(RunFake);
    ProgressPrinter printer(gone, true, 1);
    const auto report =
        RunPlan(DiamondPlan(1, 0), store, engine, {.data = scratch.path()}, printer);
    BOOST_TEST(report.Count(StageState::kDone) == 7U);
  }
  std::fclose(gone);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::scheduler_test
