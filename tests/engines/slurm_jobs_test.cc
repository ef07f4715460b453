#include "bench/engines/slurm_jobs.h"

#include <boost/test/unit_test.hpp>

#include "bench/engines/slurm_attempts.h"
#include "bench/engines/slurm_run.h"
#include "bench/engines/slurm_workers.h"
#include "tests/engines/fake_stages.h"

namespace dfkd::slurm_jobs_test {

using namespace testing;  // NOLINT: the helpers of this folder

struct Bench {
  SlurmJobs Jobs() const { return {scratch.path() / "store", plan, false}; }
  // An attempt of a worker elsewhere, as that would write it.
  static Attempt AttemptOf(const std::string& task, const std::string& ended = "") {
    return {.task = task,
            .node = "node1",
            .gpus = 2,
            .cpus = 4,
            .process = {.host = "node1", .boot = "b", .pid_namespace = "n", .pid = 7},
            .begun = "2024-05-31T12:00:00Z",
            .seconds = 1800,
            .ended = ended};
  }
  static Attempt Failing(const std::vector<std::string>& keys, double seconds = 1) {
    auto attempt = AttemptOf("1_0");
    for (const auto& key : keys) attempt.failed.push_back({key, FailureClass::kCrash, seconds});
    return attempt;
  }
  static Attempt FailingAt(const std::string& node, const std::vector<std::string>& labels) {
    auto attempt = AttemptOf("1_0");
    attempt.node = node;
    for (const auto& label : labels) {
      const auto key = std::to_string(attempt.failed.size());
      attempt.failed.push_back({key, FailureClass::kCrash, 1, label});
    }
    return attempt;
  }
  // The state of task 1_0.
  static WorkerState StateOf(const std::vector<Attempt>& attempts,
                             const std::optional<std::vector<slurm::Task>>& queue) {
    return ViewWorkers({{"1", 1}}, attempts, queue).at(0).state;
  }
  static std::vector<slurm::Task> Queue(const std::string& state) {
    return {{"1_0", state, "node1", "None"}};
  }
  ScratchFolder scratch;
  Plan plan = DiamondPlan(1, 0);
};

BOOST_FIXTURE_TEST_SUITE(slurm_jobs, Bench)

BOOST_AUTO_TEST_CASE(a_script_asks_for_what_site_and_settings_say_and_starts_workers) {
  const SlurmSite site{.partition = "gpu",
                       .account = "vision",
                       .memory = "8G",
                       .time = "2:00:00",
                       .workers = 3,
                       .flags = {"--constraint=a100"},
                       .setup = {"module load cuda"}};
  const auto script = Jobs().Script(site, {.device = "cuda", .threads = 4, .lead_seconds = 120},
                                    {"/opt/my dfkd", "pull"}, 10, {"node3", "node7"});
  for (const std::string line :
       {"#SBATCH --array=\"0-9%3\"", "#SBATCH --partition=\"gpu\"", "#SBATCH --account=\"vision\"",
        "#SBATCH --gres=\"gpu:1\"", "#SBATCH --cpus-per-task=\"4\"", "#SBATCH --mem=\"8G\"",
        "#SBATCH --time=\"2:00:00\"", "#SBATCH --exclude=\"node3,node7\"",
        "#SBATCH --signal=\"B:USR1@120\"", "#SBATCH --requeue", "#SBATCH --constraint=a100",
        "module load cuda", "exec '/opt/my dfkd' pull "})
    BOOST_TEST(Contains(script, "\n" + line), line);
  const auto plain = Jobs().Script({}, {}, {"dfkd", "pull"}, 1, {});
  for (const std::string flag : {"partition", "account", "gres", "mem=", "time", "exclude"})
    BOOST_TEST(!Contains(plain, "--" + flag), flag);
}

BOOST_AUTO_TEST_CASE(paths_with_signs_that_mean_something_to_slurm_stay_what_they_are) {
  const SlurmJobs jobs(scratch.path() / "100% \"mine\"", plan, false);
  const auto script = jobs.Script({}, {}, {"dfkd", "pull"}, 1, {});
  BOOST_TEST(Contains(script, "100%% \\\"mine\\\""));
  BOOST_TEST(Contains(script, "pull '" + jobs.folder().string() + "'"));
}

BOOST_AUTO_TEST_CASE(settings_of_workers_come_back_as_they_were) {
  const auto jobs = Jobs();
  BOOST_TEST(Contains(ErrorOf([&] { jobs.ReadSettings(); }), "no workers were filed"));
  const WorkerSettings settings{
      .plan = {{"x", 1}}, .store = "/s", .device = "cuda", .budget = "1gpuh", .canary = true};
  jobs.WriteSettings(settings);
  BOOST_TEST((jobs.ReadSettings().ToJson() == settings.ToJson()));
  BOOST_TEST(jobs.ReadSettings().canary);
}

BOOST_AUTO_TEST_CASE(an_array_keeps_its_settings_when_another_is_filed_with_others) {
  const auto jobs = Jobs();
  const auto first = jobs.WriteSettings({.device = "cuda", .budget = "1gpuh", .lead_seconds = 120});
  const auto second = jobs.WriteSettings({.device = "cpu", .budget = "2gpuh", .lead_seconds = 15});
  BOOST_TEST(first != second);
  BOOST_TEST(SlurmJobs::NameOf({.device = "cuda", .budget = "1gpuh", .lead_seconds = 120}) ==
             first);
  BOOST_TEST(jobs.ReadSettings(first).device == "cuda");
  BOOST_TEST(jobs.ReadSettings(first).lead_seconds == 120);
  BOOST_TEST(jobs.ReadSettings(first).budget == "2gpuh");  // of the plan
  BOOST_TEST(jobs.ReadSettings(second).device == "cpu");
  BOOST_TEST(jobs.ReadSettings().device == "cpu");
  BOOST_TEST(Contains(ErrorOf([&] { jobs.ReadSettings("../settings.json"); }), "--settings"));
  BOOST_TEST(Contains(jobs.Script({}, {}, {"dfkd", "pull"}, 1, {}, first), " --settings " + first));
}

BOOST_AUTO_TEST_CASE(nodes_that_the_site_excludes_join_those_that_are_bad) {
  const SlurmSite site{.flags = {"--exclude=old[1-2,5],slow", "--constraint=a100"}};
  const auto script = Jobs().Script(site, {}, {"dfkd", "pull"}, 1, {"node3", "slow"});
  BOOST_TEST(Contains(script, "\n#SBATCH --exclude=\"node3,slow,old[1-2,5]\"\n"), script);
  BOOST_TEST(script.find("--exclude") == script.rfind("--exclude"));
  BOOST_TEST(Contains(script, "\n#SBATCH --constraint=a100\n"));
}

BOOST_AUTO_TEST_CASE(equal_plans_share_a_folder_and_jobs_of_two_stores_differ_in_name) {
  const auto jobs = Jobs();
  BOOST_TEST(
      (SlurmJobs(scratch.path() / "store", DiamondPlan(1, 0), false).folder() == jobs.folder()));
  BOOST_TEST((SlurmJobs(scratch.path() / "store", plan, true).folder() != jobs.folder()));
  BOOST_TEST(
      (SlurmJobs(scratch.path() / "store", DiamondPlan(2, 0), false).folder() != jobs.folder()));
  const SlurmJobs other(scratch.path() / "other", plan, false);
  jobs.WriteSettings({}), other.WriteSettings({});
  BOOST_TEST(jobs.name() != other.name());
  const auto name = jobs.name();
  jobs.WriteSettings({});
  BOOST_TEST(jobs.name() == name);
}

BOOST_AUTO_TEST_CASE(a_budget_is_hours_of_gpus_or_of_processors) {
  BOOST_TEST(ParseBudget("20gpuh").hours == 20);
  BOOST_TEST(ParseBudget("20gpuh").of_gpus);
  BOOST_TEST(!ParseBudget("1.5cpuh").of_gpus);
  for (const char* wrong : {"", "20", "gpuh", "20h", "-1gpuh", "1.2.3gpuh", ".gpuh", "1e3gpuh"})
    BOOST_TEST(Contains(ErrorOf([&] { ParseBudget(wrong); }), "e.g. 20gpuh"), wrong);
}

BOOST_AUTO_TEST_CASE(attempts_are_accounted_and_a_budget_ends_with_them) {
  const auto jobs = Jobs();
  WriteAttempt(jobs, "a", AttemptOf("1_0", "nothing is left to do"));
  auto second = AttemptOf("1_1", "told to go");
  second.restarts = 1;
  WriteAttempt(jobs, "b", second);
  Write(jobs.folder() / "attempts" / "c.json", "torn");
  const auto attempts = ReadAttempts(jobs);
  const auto spent = AccountOf(attempts);
  BOOST_TEST(spent.gpu_hours == 2);
  BOOST_TEST(spent.cpu_hours == 4);
  BOOST_TEST(spent.attempts == 2);
  BOOST_TEST(spent.restarts == 1);
  BOOST_TEST(IsSpent("2gpuh", attempts));
  for (const char* budget : {"3gpuh", "5cpuh", ""}) BOOST_TEST(!IsSpent(budget, attempts), budget);
}

BOOST_AUTO_TEST_CASE(the_wait_of_attempts_is_their_median_and_their_memory_the_most) {
  const auto jobs = Jobs();
  for (const int wait : {10, 400, 60}) {
    auto attempt = AttemptOf(fmt::format("1_{}", wait));
    attempt.waited_seconds = wait, attempt.peak_bytes = 1'000'000'000 + wait;
    WriteAttempt(jobs, std::to_string(wait), attempt);
  }
  WriteAttempt(jobs, "unknown", AttemptOf("1_0"));
  const auto attempts = ReadAttempts(jobs);
  const auto spent = AccountOf(attempts);
  BOOST_TEST(spent.median_wait.value_or(-1) == 60);
  BOOST_TEST(spent.peak_bytes == 1'000'000'400);
  const auto views = ViewWorkers({{"1", 1}}, attempts, std::nullopt);
  BOOST_TEST(Contains(TellWorkers(views, attempts),
                      "\nof an attempt: in the queue 1:00 (median); at most 1 GB of memory\n"));
  const auto json = DescribeWorkers(views, attempts);
  BOOST_TEST(json.at("waited_seconds") == 60);
  BOOST_TEST(json.at("peak_bytes") == 1'000'000'400);
}

BOOST_AUTO_TEST_CASE(an_attempt_of_an_older_program_says_nothing_of_wait_and_memory) {
  const auto jobs = Jobs();
  WriteAttempt(jobs, "a", AttemptOf("1_0"));
  const auto file = jobs.folder() / "attempts" / "a.json";
  auto old = ReadJson(file);
  for (const char* member : {"waited_seconds", "peak_bytes"}) {
    BOOST_TEST(old.contains(member), member);
    old.erase(member);
  }
  Write(file, old.dump());
  const auto attempts = ReadAttempts(jobs);
  BOOST_TEST_REQUIRE(attempts.size() == 1U);
  const auto views = ViewWorkers({{"1", 1}}, attempts, std::nullopt);
  const auto json = DescribeWorkers(views, attempts);
  for (const auto& all : {json, json.at("attempts").at(0)}) {
    BOOST_TEST(all.at("waited_seconds").is_null());
    BOOST_TEST(all.at("peak_bytes").is_null());
  }
  BOOST_TEST(!Contains(TellWorkers(views, attempts), "of an attempt"));
}

BOOST_AUTO_TEST_CASE(a_node_on_which_three_stages_failed_at_once_is_bad_until_one_ends_well) {
  const std::set<std::string> bad = {"node1"};
  BOOST_TEST((BadNodes({Failing({"a", "b", "c"})}) == bad));
  BOOST_TEST((BadNodes({Failing({"a", "b"}), Failing({"c"})}) == bad));
  BOOST_TEST(BadNodes({Failing({"a", "b", "a"})}).empty());
  BOOST_TEST(BadNodes({Failing({"a", "b", "c"}, 600)}).empty());
  auto good = Failing({"c"});
  good.stages = 1;
  BOOST_TEST(BadNodes({Failing({"a", "b"}), good}).empty());
}

BOOST_AUTO_TEST_CASE(a_method_that_crashes_everywhere_makes_no_node_bad) {
  const std::set<std::string> first = {"node1"};
  BOOST_TEST(BadNodes({FailingAt("node1", {"mine", "mine", "mine"})}).empty());
  BOOST_TEST((BadNodes({FailingAt("node1", {"a", "b", "c"})}) == first));
  BOOST_TEST(
      BadNodes({FailingAt("node1", {"a", "b", "mine"}), FailingAt("node2", {"mine"})}).empty());
  const auto worse = FailingAt("node1", {"a", "b", "c", "mine"});
  BOOST_TEST((BadNodes({worse, FailingAt("node2", {"mine"})}) == first));
}

BOOST_AUTO_TEST_CASE(a_node_that_a_canary_speaks_against_is_bad_whatever_ends_well_there) {
  const auto jobs = Jobs();
  auto wrong = AttemptOf("1_0", "the toy teacher is another");
  wrong.canary = "the toy teacher is another";
  WriteAttempt(jobs, "a", wrong);
  auto good = AttemptOf("1_1");
  good.stages = 5;
  WriteAttempt(jobs, "b", good);
  const auto attempts = ReadAttempts(jobs);
  BOOST_TEST((BadNodes(attempts) == std::set<std::string>{"node1"}));
  BOOST_TEST(Contains(TellWorkers(ViewWorkers({}, attempts, std::nullopt), attempts),
                      "\nnot used any more, as the toy teacher is another: node1\n"));
}

BOOST_AUTO_TEST_CASE(a_node_is_broken_where_three_workers_fail_before_they_begin_and_others_begin) {
  std::vector<slurm::Task> queue = {{"1_0", "RUNNING", "node1", "None"}};
  const auto broken = [&](const std::vector<Attempt>& attempts) {
    return BrokenNodes(ViewWorkers({{"1", 9}}, attempts, queue), attempts);
  };
  for (int i = 1; i <= 3; ++i) {
    BOOST_TEST(broken({AttemptOf("1_0")}).empty());
    queue.push_back({fmt::format("1_{}", i), "FAILED", "node2", "NonZeroExitCode"});
    queue.push_back({fmt::format("1_{}", 3 + i), "CANCELLED", "node3", "None"});
  }
  BOOST_TEST((broken({AttemptOf("1_0")}) == std::set<std::string>{"node2"}));
  BOOST_TEST(broken({}).empty());  // nothing begins anywhere
  auto there = AttemptOf("0_0");
  there.node = "node2";
  BOOST_TEST(broken({AttemptOf("1_0"), there}).empty());
  const std::vector<Attempt> attempts = {AttemptOf("1_0")};
  const auto views = ViewWorkers({{"1", 9}}, attempts, queue);
  BOOST_TEST(Contains(TellWorkers(views, attempts), "before they begin: node2\n"));
  BOOST_TEST(DescribeWorkers(views, attempts).at("bad_nodes") == Json::array({"node2"}));
}

BOOST_AUTO_TEST_CASE(a_label_of_what_failed_is_kept_and_may_be_missing) {
  const auto jobs = Jobs();
  WriteAttempt(jobs, "a", FailingAt("node1", {"mine"}));
  const auto file = jobs.folder() / "attempts" / "a.json";
  BOOST_TEST(ReadAttempts(jobs).at(0).failed.at(0).label == "mine");
  auto json = ReadJson(file);
  json["failed"][0].erase("label");
  Write(file, json.dump());
  BOOST_TEST(ReadAttempts(jobs).at(0).failed.at(0).label.empty());
}

BOOST_AUTO_TEST_CASE(workers_that_were_started_by_hand_are_counted_one_by_one) {
  const auto one = slurm::ByHand(4), other = slurm::ByHand(4);
  BOOST_TEST(one.cpus == 4);
  BOOST_TEST(one.job.empty());
  const auto views =
      ViewWorkers({}, {AttemptOf(one.task), AttemptOf(other.task)}, std::vector<slurm::Task>{});
  BOOST_TEST(CountAlive(views) == 2U);
}

BOOST_AUTO_TEST_CASE(what_a_worker_wrote_of_its_end_counts_before_what_the_scheduler_says) {
  const auto ended = AttemptOf("1_0", "nothing is left to do");
  for (const auto& queue :
       {std::optional(Queue("COMPLETED")), std::optional(Queue("RUNNING")),
        std::optional(Queue("FAILED")), std::optional(std::vector<slurm::Task>{}),
        std::optional<std::vector<slurm::Task>>{}})
    BOOST_TEST((StateOf({ended}, queue) == WorkerState::kEnded));
  BOOST_TEST((StateOf({ended}, Queue("PENDING")) == WorkerState::kPreempted));
}

BOOST_AUTO_TEST_CASE(a_worker_is_what_the_scheduler_says_where_it_wrote_no_end) {
  BOOST_TEST((StateOf({}, Queue("PENDING")) == WorkerState::kWaiting));
  BOOST_TEST((StateOf({}, Queue("RUNNING")) == WorkerState::kRunning));
  BOOST_TEST((StateOf({}, Queue("CANCELLED")) == WorkerState::kNotBegun));
  BOOST_TEST((StateOf({}, std::vector<slurm::Task>{}) == WorkerState::kNotBegun));
  BOOST_TEST((StateOf({AttemptOf("1_0")}, Queue("RUNNING")) == WorkerState::kRunning));
  BOOST_TEST((StateOf({AttemptOf("1_0")}, Queue("NODE_FAIL")) == WorkerState::kLost));
  BOOST_TEST((StateOf({AttemptOf("1_0")}, Queue("STAGE_OUT")) == WorkerState::kRunning));
}

BOOST_AUTO_TEST_CASE(a_scheduler_that_does_not_know_or_answer_ends_no_worker_that_lives) {
  const std::vector<slurm::Task> none;
  auto silent = AttemptOf("1_0");
  silent.age_seconds = 1000;
  BOOST_TEST((StateOf({AttemptOf("1_0")}, none) == WorkerState::kRunning));
  BOOST_TEST((StateOf({AttemptOf("1_0")}, std::nullopt) == WorkerState::kRunning));
  BOOST_TEST((StateOf({silent}, none) == WorkerState::kLost));
  BOOST_TEST((StateOf({silent}, std::nullopt) == WorkerState::kUnknown));
  BOOST_TEST((StateOf({}, std::nullopt) == WorkerState::kUnknown));
  BOOST_TEST(CountAlive(ViewWorkers({{"1", 5}}, {}, std::nullopt)) == 5U);
  BOOST_TEST(CountAlive(ViewWorkers({{"1", 5}}, {}, none)) == 0U);
}

BOOST_AUTO_TEST_CASE(a_worker_whose_process_is_dead_is_lost_whatever_is_not_known_of_its_task) {
  auto dead = AttemptOf("1_0");
  dead.process = store::OwnRecord();
  dead.process.started = "1";
  BOOST_TEST((StateOf({dead}, std::nullopt) == WorkerState::kLost));
  BOOST_TEST((StateOf({dead}, Queue("RUNNING")) == WorkerState::kRunning));  // a new one begins
}

BOOST_AUTO_TEST_CASE(workers_are_told_by_state_and_node_with_what_they_took) {
  const auto views = ViewWorkers({{"1", 3}}, {AttemptOf("1_0")}, Queue("RUNNING"));
  const auto text = TellWorkers(views, {AttemptOf("1_0")});
  BOOST_TEST(Contains(text, "workers: 1 running, 2 not begun\n"), text);
  BOOST_TEST(Contains(text, "  node1: 1 running\n"), text);
  const auto json = DescribeWorkers(views, {AttemptOf("1_0")});
  BOOST_TEST(json.at("workers").at("not begun") == 2);
  BOOST_TEST(json.at("attempts").at(0).at("task") == "1_0");
  BOOST_TEST(TellWorkers({}, {}).empty());
}

BOOST_AUTO_TEST_CASE(as_many_workers_are_filed_as_stages_are_open_less_those_that_live) {
  BOOST_TEST(WorkersToFile(7, 0, {}) == 7);
  BOOST_TEST(WorkersToFile(7, 3, {}) == 4);
  BOOST_TEST(WorkersToFile(7, 9, {}) == 0);
  BOOST_TEST(WorkersToFile(5000, 0, {.array_limit = 100}) == 100);
}

BOOST_AUTO_TEST_CASE(stages_count_as_startable_when_all_they_need_is_done) {
  Board board(plan.stages.size());
  BOOST_TEST(CountOpen(plan, board) == plan.stages.size());
  BOOST_TEST(CountStartable(plan, board, false) == 2U);  // teacher and images
  board[0].state = StageState::kDone, board[1].state = StageState::kBusy;
  BOOST_TEST(CountOpen(plan, board) == plan.stages.size() - 1);
  BOOST_TEST(CountStartable(plan, board, false) == 1U);
}

BOOST_AUTO_TEST_CASE(what_was_to_be_fetched_and_did_not_come_is_open_although_its_users_are_done) {
  Board board(plan.stages.size());
  for (auto& view : board) view.state = StageState::kDone;
  board[0].state = StageState::kWaiting;
  BOOST_TEST(CountOpen(plan, board) == 0U);
  const auto jobs = Jobs();
  BOOST_TEST(jobs.Outstanding().empty());
  jobs.WriteOutstanding({plan.Ref(0), plan.Ref(1)});
  BOOST_TEST(CountOpen(plan, board, jobs.Outstanding()) == 1U);
  BOOST_TEST(CountStartable(plan, board, false, jobs.Outstanding()) == 1U);
  jobs.WriteOutstanding({});
  BOOST_TEST(jobs.Outstanding().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::slurm_jobs_test
