#include "bench/engines/slurm_commands.h"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <map>

#include "tests/engines/slurm_stubs.h"

namespace dfkd::slurm_commands_test {

using namespace testing;  // NOLINT: the helpers of this folder
using std::chrono::milliseconds;

const std::string kHeading = "JOBID|STATE|NODELIST|REASON\n";

BOOST_AUTO_TEST_SUITE(slurm_commands)

BOOST_AUTO_TEST_CASE(a_program_gives_its_output_its_words_and_its_exit_code) {
  const auto answer = slurm::RunCommand({"sh", "-c", "echo out; echo words >&2; exit 3"});
  BOOST_TEST(answer.code == 3);
  BOOST_TEST(answer.out == "out\n");
  BOOST_TEST(answer.err == "words\n");
}

BOOST_AUTO_TEST_CASE(a_program_that_is_not_there_or_hangs_gives_no_exit_code) {
  BOOST_TEST(slurm::RunCommand({"no-such-program-of-slurm"}).code == -1);
  BOOST_TEST(slurm::RunCommand({"sleep", "1000"}, milliseconds(50)).code == -1);
  BOOST_TEST(slurm::RunCommand({"sh", "-c", "exec >&- 2>&-; sleep 1000"}, milliseconds(50)).code ==
             -1);
}

BOOST_AUTO_TEST_CASE(what_a_terminal_says_to_our_process_group_is_not_said_to_a_program) {
  const auto answer = slurm::RunCommand({"sh", "-c", "cut -d ' ' -f 5 /proc/$$/stat"});
  BOOST_TEST_REQUIRE(answer.code == 0);
  BOOST_TEST(answer.out != std::to_string(::getpgrp()) + "\n");
}

BOOST_AUTO_TEST_CASE(a_queue_is_its_tasks_with_state_node_and_reason) {
  const auto tasks = slurm::ParseQueue(kHeading +
                                       "17_3|PENDING||JobArrayTaskLimit\n17_0|RUNNING|node1|None\n"
                                       "18|RUNNING|node2|None\n");
  BOOST_TEST_REQUIRE(tasks.has_value());
  BOOST_TEST_REQUIRE(tasks->size() == 2U);  // a job without tasks is none of ours
  BOOST_TEST(tasks->at(0).id == "17_3");
  BOOST_TEST(tasks->at(0).state == "PENDING");
  BOOST_TEST(tasks->at(0).reason == "JobArrayTaskLimit");
  BOOST_TEST(tasks->at(1).node == "node1");
  BOOST_TEST(slurm::ParseQueue(kHeading)->empty());
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_not_whole_is_no_answer) {
  for (const std::string text :
       {"", "\n", "garbage", "JOBID|STATE\n", "slurm_load_jobs error: Socket timed out\n"})
    BOOST_TEST(!slurm::ParseQueue(text).has_value(), text);
  for (const std::string row : {"17_3|PENDING", "17_3|PENDING||None", "17_3", "\n",
                                "error: try again\n", "17_3|running|node1|None\n", "|||\n"})
    BOOST_TEST(!slurm::ParseQueue(kHeading + row).has_value(), row);
}

BOOST_AUTO_TEST_CASE(a_scheduler_that_fails_says_nothing_of_any_task) {
  const Stubs stubs;
  stubs.Answer("squeue", "printf 'JOBID|STATE|NODELIST|REASON\\n'; exit 1");
  BOOST_TEST(!slurm::TasksNamed("dfkd-x").has_value());
  stubs.Answer("squeue", ":");
  BOOST_TEST(!slurm::TasksNamed("dfkd-x").has_value());
  stubs.Answer("squeue", "printf 'JOBID|STATE|NODELIST|REASON\\n'");
  BOOST_TEST(slurm::TasksNamed("dfkd-x").has_value());
}

BOOST_AUTO_TEST_CASE(how_long_the_scheduler_remembers_is_what_it_says_and_never_more_than_usual) {
  const Stubs stubs;
  const auto said = [&](const std::string& script) {
    stubs.Answer("scontrol", script);
    return slurm::MemoryOfEnded().count();
  };
  const std::string before = "echo 'MessageTimeout          = 10 sec'; echo 'MinJobAge = ";
  BOOST_TEST(said(before + "60 sec'") == 60);
  for (const auto& usual :
       {before + "300 sec'", before + "86400 sec'", before + "0 sec'", before + "unlimited'",
        before + "60 sec'; exit 1", std::string("echo 'MinJobAge = '"), std::string(":")})
    BOOST_TEST(said(usual) == 300, usual);
}

BOOST_AUTO_TEST_CASE(who_does_not_take_a_job_is_told_apart_from_who_is_not_there) {
  const Stubs stubs;
  const auto failure = [] {
    try {
      slurm::File("script.sh");
    } catch (const Error& e) {
      return e.failure();
    }
    return FailureClass::kTimeout;
  };
  stubs.Answer("sbatch", "echo 'sbatch: error: Unable to contact slurm controller' >&2; exit 1");
  BOOST_TEST((failure() == FailureClass::kLost));
  stubs.Answer("sbatch", "echo 'sbatch: error: invalid partition specified: gpu' >&2; exit 1");
  BOOST_TEST((failure() == FailureClass::kError));
  BOOST_TEST(Contains(ErrorOf([] { slurm::File("script.sh"); }), "invalid partition"));
  stubs.Answer("sbatch", "echo 'Submitted batch job 5'");
  BOOST_TEST((failure() == FailureClass::kError));
  stubs.Answer("sbatch", "echo '17;cluster'");
  BOOST_TEST(slurm::File("script.sh") == "17");
}

BOOST_AUTO_TEST_CASE(a_job_is_kept_away_from_all_bad_nodes_at_once) {
  const Stubs stubs;
  stubs.Answer("scontrol", "echo \"$@\" >\"$(dirname \"$0\")/asked\"");
  BOOST_TEST(slurm::KeepAway("17", {"node1", "node2"}));
  BOOST_TEST(stubs.Asked("asked") == "update JobId=17 ExcNodeList=node1,node2\n");
}

BOOST_AUTO_TEST_CASE(a_machine_without_slurm_refuses_a_job) {
  const Stubs stubs;
  ::setenv("PATH", (stubs.folder() / "nothing").c_str(), 1);
  BOOST_TEST(!slurm::IsInstalled());
  BOOST_TEST(!slurm::RunCommand({"sbatch"}).started);
  try {
    slurm::File("script.sh");
    BOOST_ERROR("it was filed");
  } catch (const Error& e) {
    BOOST_TEST((e.failure() == FailureClass::kError), e.what());
  }
}

BOOST_AUTO_TEST_CASE(a_task_knows_itself_by_its_environment) {
  const std::map<std::string, std::string> environment = {
      {"SLURM_JOB_ID", "19"},       {"SLURM_ARRAY_JOB_ID", "17"}, {"SLURM_ARRAY_TASK_ID", "2"},
      {"SLURMD_NODENAME", "node1"}, {"SLURM_RESTART_COUNT", "3"}, {"SLURM_GPUS_ON_NODE", "1"},
      {"SLURM_CPUS_ON_NODE", "4"},  {"SLURM_JOB_END_TIME", ""}};
  const Stubs stubs;
  stubs.Answer("squeue", "echo \"$@\" >\"$(dirname \"$0\")/asked\"; echo 1:30");
  for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
  const auto self = slurm::WhoAmI();
  for (const auto& [name, value] : environment) ::unsetenv(name.c_str());
  BOOST_TEST_REQUIRE(self.has_value());
  BOOST_TEST(self->task == "17_2");
  BOOST_TEST(self->job == "17");
  BOOST_TEST(self->node == "node1");
  BOOST_TEST(self->restarts == 3);
  BOOST_TEST(self->gpus == 1);
  BOOST_TEST(self->cpus == 4);
  BOOST_TEST(self->seconds_left.value() == 90);
  BOOST_TEST(Contains(stubs.Asked("asked"), "--jobs=17_2"));
  BOOST_TEST(!slurm::WhoAmI().has_value());
}

BOOST_AUTO_TEST_CASE(how_long_a_task_waited_is_known_only_from_two_moments) {
  const Stubs stubs;
  const auto waited = [&](const std::string& answer) {
    stubs.Answer("squeue", "echo \"$SLURM_TIME_FORMAT $*\" >\"$(dirname \"$0\")/asked\"; echo '" +
                               answer + "'");
    return slurm::WhoAmI()->seconds_waited;
  };
  ::setenv("SLURM_JOB_ID", "17", 1);
  BOOST_TEST(waited("1:30|1717150000|1717150042").value_or(-1) == 42);
  BOOST_TEST(Contains(stubs.Asked("asked"), "%s --noheader --jobs=17 --format=%L|%V|%S"));
  BOOST_TEST(slurm::WhoAmI()->seconds_left.value_or(-1) == 90);
  for (const std::string unknown :
       {"1:30", "1:30|1717150000|Unknown", "1:30|N/A|1717150042", "1:30|1717150042|1717150000",
        "1:30|2024-05-31T12:00:00|2024-05-31T12:00:42", ""})
    BOOST_TEST(!waited(unknown).has_value(), unknown);
  ::unsetenv("SLURM_JOB_ID");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::slurm_commands_test
