// A plan watched while a cluster computes it, or does not.
#include "bench/engines/slurm_run.h"

#include <boost/test/unit_test.hpp>

#include "bench/engines/slurm_attempts.h"
#include "tests/engines/fake_stages.h"
#include "tests/engines/slurm_stubs.h"

namespace dfkd::slurm_run_test {

using namespace testing;  // NOLINT: the helpers of this folder

class Listener : public Observer {
 public:
  void Note(const std::string& line) override { notes += line + "\n"; }
  std::string notes;
};

// A scheduler that takes every array and starts none of its workers.
struct Watch {
  Watch() {
    stubs.Answer("squeue", "printf 'JOBID|STATE|NODELIST|REASON\\n'");
    stubs.Answer("sbatch", "echo 17");
    stubs.Answer("scancel", ":");
    stubs.Answer("scontrol", "exit 1");
  }
  RunReport Run(SlurmRunOptions options = {}) {
    using std::chrono::milliseconds;
    options.ask_every = options.ask_at_last_every = options.look_every = milliseconds(1);
    return RunOnSlurm(plan, store, jobs, options, listener);
  }
  // Of a worker that is at it now, and has taken so long.
  static Attempt Living(const std::string& machine, double seconds = 1) {
    return {.task = "16_0",
            .machine = machine,
            .gpus = 1,
            .process = {.host = "node2", .boot = "b", .pid_namespace = "n", .pid = 7},
            .begun = "2024-05-31T12:00:00Z",
            .seconds = seconds};
  }
  // As a worker on node1 would.
  void Fails(FailureClass failure, int times) const {
    const auto key = plan.At(0).stage.key();
    for (int i = 0; i < times; ++i) {
      const auto written = Failures(store.root()).Record(key, {failure, "it failed", "", "small"});
      const auto file = store.root() / "failures" / key / fmt::format("{}.json", written.attempt);
      auto json = ReadJson(file);
      json["host"] = "node1";
      Write(file, json.dump());
    }
  }
  static Plan OneStage() {
    FakePlan fake;
    fake.Cell(fake.Add("a"));
    return fake.plan;
  }
  // As if all that was filed until now had been filed so much earlier.
  void Age(std::chrono::seconds by) const {
    for (const auto& entry : fs::directory_iterator(jobs.folder() / "arrays"))
      fs::last_write_time(entry.path(), entry.last_write_time() - by);
  }
  StageState First(const std::vector<Place>& places = {}) {
    return ReadBoard(plan, store, false, places).at(0).state;
  }

  const Stubs stubs;
  const ScratchFolder scratch;
  Store store{scratch.path() / "store"};
  const Plan plan = OneStage();
  const SlurmJobs jobs{store.root(), plan, false};
  Listener listener;
};

EarlierWorkers NoneBefore() { return {}; }

BOOST_FIXTURE_TEST_SUITE(slurm_run, Watch)

BOOST_AUTO_TEST_CASE(once_the_budget_is_spent_no_workers_are_filed) {
  auto before = Living("small", 7200);
  before.ended = "the budget is spent";
  WriteAttempt(jobs, "before", before);
  stubs.Answer("sbatch", "touch \"$(dirname \"$0\")/filed\"; echo 17");
  SlurmRunOptions options;
  options.settings.budget = "1gpuh";
  const auto report = Run(options);
  BOOST_TEST(Contains(report.halted, "the budget of 1gpuh is spent"), report.halted);
  BOOST_TEST(report.ExitCode() == 2);
  BOOST_TEST(!fs::exists(stubs.folder() / "filed"));
}

BOOST_AUTO_TEST_CASE(a_run_without_a_slurm_ends_with_the_reason) {
  ::setenv("PATH", (stubs.folder() / "nothing").c_str(), 1);
  const auto report = Run();
  BOOST_TEST(report.ExitCode() == 2);
  BOOST_TEST(Contains(report.halted, "no such program"), report.halted);
}

BOOST_AUTO_TEST_CASE(a_run_of_which_no_scheduler_ever_answers_ends_with_the_reason) {
  stubs.Answer("squeue", "exit 1");
  stubs.Answer("sbatch", "echo 'sbatch: error: Unable to contact slurm controller' >&2; exit 1");
  const auto report = Run();
  BOOST_TEST(report.ExitCode() == 2);
  BOOST_TEST(Contains(report.halted, "Unable to contact"), report.halted);
}

BOOST_AUTO_TEST_CASE(workers_of_which_nobody_knows_end_with_a_machine_that_has_no_slurm) {
  Write(jobs.folder() / "arrays" / "a.json", R"({"job": "16", "tasks": 2})");
  ::setenv("PATH", (stubs.folder() / "nothing").c_str(), 1);
  BOOST_TEST(Contains(Run().halted, "there is no squeue here"));
}

BOOST_AUTO_TEST_CASE(what_is_filed_names_settings_of_its_own) {
  stubs.Answer("sbatch", "for script; do :; done; cp \"$script\" \"$0.script\"; echo 17");
  SlurmRunOptions options;
  options.settings.device = "cuda";
  options.command = {"dfkd", "pull"};
  BOOST_TEST_REQUIRE(FileMissing(plan, Board(1), jobs, NoneBefore, options).has_value());
  const auto script = stubs.Asked("sbatch.script");
  const auto at = script.find("--settings ");
  BOOST_TEST_REQUIRE(at != std::string::npos, script);
  const auto name = script.substr(at + 11, script.find('\n', at) - at - 11);
  options.settings.device = "cpu";
  FileMissing(plan, Board(1), jobs, NoneBefore, options);
  BOOST_TEST(jobs.ReadSettings(name).device == "cuda");
}

// Both look before either has filed, unless one waits for the other.
BOOST_AUTO_TEST_CASE(of_two_that_file_what_is_missing_at_once_one_files) {
  stubs.Answer("sbatch", "sleep 0.3; touch \"$(dirname \"$0\")/filed\"; echo 17");
  stubs.Answer("squeue",
               "printf 'JOBID|STATE|NODELIST|REASON\\n'\n"
               "[ ! -e \"$(dirname \"$0\")/filed\" ] || echo '17_0|PENDING||Resources'");
  const auto file = [&] {
    const auto look = [&] { return LookAtEarlier(jobs); };
    return FileMissing(plan, Board(1), jobs, look, {}) ? 1 : 0;
  };
  const pid_t first = Fork(file), second = Fork(file);
  BOOST_TEST(WEXITSTATUS(Wait(first)) + WEXITSTATUS(Wait(second)) == 1);
  BOOST_TEST(jobs.Arrays().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_scheduler_that_knows_nothing_of_what_was_just_filed_says_nothing) {
  using std::chrono::seconds;
  const auto file = [&] {
    return FileMissing(plan, Board(1), jobs, [&] { return LookAtEarlier(jobs); }, {}).has_value();
  };
  BOOST_TEST(LookAtEarlier(jobs).answered);  // nothing was filed: there is nothing to be known
  BOOST_TEST(file());
  BOOST_TEST(!LookAtEarlier(jobs).answered);
  BOOST_TEST(LookAtEarlier(jobs).alive == 1U);
  BOOST_TEST(!file());
  Age(seconds(290));
  BOOST_TEST(!file());
  Age(seconds(20));  // it may have ended, and been forgotten
  BOOST_TEST(LookAtEarlier(jobs).answered);
  BOOST_TEST(LookAtEarlier(jobs).alive == 0U);
  BOOST_TEST(file());
}

BOOST_AUTO_TEST_CASE(a_scheduler_that_soon_forgets_is_believed_as_soon) {
  using std::chrono::seconds;
  stubs.Answer("scontrol", "echo 'MinJobAge = 60 sec'");
  Write(jobs.folder() / "arrays" / "a.json", R"({"job": "16", "tasks": 5})");
  BOOST_TEST(!LookAtEarlier(jobs).answered);
  Age(seconds(50));
  BOOST_TEST(!LookAtEarlier(jobs).answered);
  Age(seconds(20));
  BOOST_TEST(LookAtEarlier(jobs).answered);
}

BOOST_AUTO_TEST_CASE(an_array_of_which_the_scheduler_says_anything_is_what_it_says) {
  Write(jobs.folder() / "arrays" / "a.json", R"({"job": "16", "tasks": 5})");
  stubs.Answer("squeue", "printf 'JOBID|STATE|NODELIST|REASON\\n16_0|CANCELLED||None\\n'");
  BOOST_TEST(LookAtEarlier(jobs).answered);
  BOOST_TEST(LookAtEarlier(jobs).alive == 0U);  // at once, however young
}

BOOST_AUTO_TEST_CASE(a_run_files_no_more_where_the_scheduler_knows_nothing_of_what_it_just_filed) {
  int looks = 0;
  SlurmRunOptions options;
  options.stop_requests = [&] { return ++looks > 20 ? 1 : 0; };
  BOOST_TEST(Run(options).interrupted);
  BOOST_TEST(jobs.Arrays().size() == 1U);
  BOOST_TEST(Contains(listener.notes, "does not answer"), listener.notes);
}

BOOST_AUTO_TEST_CASE(a_run_replaces_what_the_scheduler_may_have_forgotten) {
  Write(jobs.folder() / "arrays" / "a.json", R"({"job": "16", "tasks": 5})");
  Age(std::chrono::seconds(310));
  int looks = 0;
  SlurmRunOptions options;
  options.stop_requests = [&] { return ++looks > 20 ? 1 : 0; };
  Run(options);
  BOOST_TEST(jobs.Arrays().size() == 2U);
}

BOOST_AUTO_TEST_CASE(waiting_workers_are_kept_from_a_node_on_which_none_begins) {
  Write(jobs.folder() / "arrays" / "a.json", R"({"job": "16", "tasks": 5})");
  WriteAttempt(jobs, "living", Living("small"));
  stubs.Answer("squeue",
               "printf 'JOBID|STATE|NODELIST|REASON\\n16_0|RUNNING|node1|None\\n'\n"
               "for i in 1 2 3; do echo \"16_$i|FAILED|node2|NonZeroExitCode\"; done\n"
               "echo '16_4|PENDING||Resources'");
  stubs.Answer("scontrol", "echo \"$@\" >>\"$(dirname \"$0\")/asked\"");
  int looks = 0;
  SlurmRunOptions options;
  options.settings.exclude = "old[1-2]";
  options.stop_requests = [&] { return ++looks > 20 ? 1 : 0; };
  Run(options);
  BOOST_TEST(stubs.Asked("asked") == "update JobId=16 ExcNodeList=node2,old[1-2]\n");
  BOOST_TEST(Contains(listener.notes, "node2: workers end before they begin"), listener.notes);
  stubs.Answer("sbatch", "for script; do :; done; cp \"$script\" \"$0.script\"; echo 17");
  const auto broken = [] { return EarlierWorkers{.broken = {"node2"}}; };
  FileMissing(plan, Board(1), jobs, broken, options);
  BOOST_TEST(Contains(stubs.Asked("sbatch.script"), "#SBATCH --exclude=\"node2\"\n"));
}

BOOST_AUTO_TEST_CASE(workers_that_the_scheduler_does_not_cancel_are_told_of) {
  stubs.Answer("scancel", "exit 1");
  SlurmRunOptions options;
  options.stop_requests = [&] { return Contains(listener.notes, "filed ") ? 1 : 0; };
  const auto report = Run(options);
  BOOST_TEST(report.interrupted);
  BOOST_TEST(Contains(listener.notes, "by hand: scancel 17\n"), listener.notes);
}

BOOST_AUTO_TEST_CASE(a_disk_that_failed_on_one_node_ends_no_stage_for_the_others) {
  Fails(FailureClass::kIo, 2);
  BOOST_TEST((First() == StageState::kWaiting));
}

BOOST_AUTO_TEST_CASE(too_large_for_one_node_ends_no_stage_while_a_larger_one_computes) {
  Fails(FailureClass::kMemory, 1);
  BOOST_TEST((First(PlacesOf({Living("large")})) == StageState::kWaiting));
  BOOST_TEST((First(PlacesOf({Living("small")})) == StageState::kFailed));
  BOOST_TEST((First() == StageState::kFailed));
}

BOOST_AUTO_TEST_CASE(a_run_is_watched_for_as_long_as_a_larger_node_may_do_what_a_small_one_cannot) {
  Fails(FailureClass::kMemory, 1);
  WriteAttempt(jobs, "large", Living("large"));
  int looks = 0;
  SlurmRunOptions options;
  options.stop_requests = [&] { return ++looks > 20 ? 1 : 0; };
  BOOST_TEST(Run(options).interrupted);  // it had not ended before
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::slurm_run_test
