#include "bench/engines/task_list.h"

#include <boost/test/unit_test.hpp>

#include "tests/engines/fake_stages.h"

namespace dfkd::task_list_test {

using namespace testing;  // NOLINT: the helpers of this folder

// teacher -> student, behind a gate, and something there already.
struct Listing {
  Listing() {
    fake.plan.stages[student].starts = {there};
    fake.plan.stages[student].gate = Gate{teacher, clean, {0.5, true}, 0.25};
  }
  std::string Write(const std::string& format, bool ignore_gate = false) {
    return Write(format, TaskSettings{"/the/store", "/the/data", 60, ignore_gate});
  }
  std::string Write(const std::string& format, const TaskSettings& settings) {
    return ReadBytes(
        WriteTasks(fake.plan, {teacher, clean, student}, settings, format, folder.path()));
  }
  std::string KeyOf(StageId id) const { return fake.plan.At(id).stage.key(); }

  ScratchFolder folder;
  FakePlan fake;
  const StageId there = fake.Add("there"), teacher = fake.Add("teacher"), clean = fake.Add("clean"),
                student = fake.Add("student", {teacher, there});
};

BOOST_FIXTURE_TEST_SUITE(task_list, Listing)

BOOST_AUTO_TEST_CASE(a_table_names_what_a_task_needs_of_what_still_runs) {
  const auto text = Write("tsv");
  const auto row =
      KeyOf(student) + "\tfake\tstudent\t" + KeyOf(teacher) + "," + KeyOf(clean) + "\n";
  BOOST_TEST(Contains(text, row), text);
  BOOST_TEST(!Contains(text, KeyOf(there)));
}

BOOST_AUTO_TEST_CASE(a_job_of_hyperqueue_names_them_by_number) {
  const auto text = Write("hq");
  BOOST_TEST(Contains(text, fmt::format("id = {}\ncommand = [\"dfkd\", \"stage-run\", \"{}\"",
                                        student, KeyOf(student))),
             text);
  BOOST_TEST(Contains(text, fmt::format("deps = [{}, {}]\n", teacher, clean)), text);
}

BOOST_AUTO_TEST_CASE(a_job_of_hyperqueue_asks_for_what_a_task_takes) {
  const TaskSettings settings{.store = "/s",
                              .data = "/d",
                              .limit_seconds = 60,
                              .device = "cuda",
                              .threads = 4,
                              .memory_bytes = int64_t{8} << 30};
  const auto expected = fmt::format(
      "\"{}\", \"--tasks\", \".\", \"--device\", \"cuda\", \"--threads\", \"4\"]\n"
      "deps = [{}, {}]\ntime_limit = \"360s\"\n[[task.request]]\n"
      "resources = {{ \"cpus\" = 4, \"gpus/nvidia\" = 1, \"mem\" = 8192 }}\n",
      KeyOf(student), teacher, clean);
  const auto text = Write("hq", settings);
  BOOST_TEST(Contains(text, expected), text);
  const auto least = Write("hq", TaskSettings{.store = "/s", .data = "/d"});
  BOOST_TEST(
      Contains(least, "\"--tasks\", \".\"]\n[[task.request]]\nresources = { \"cpus\" = 1 }\n"),
      least);
  BOOST_TEST(!Contains(least, "time_"), least);
}

BOOST_AUTO_TEST_CASE(a_job_of_hyperqueue_begins_nothing_that_would_not_end_in_time) {
  const History history({{.kind = "fake", .key = "0", .label = "student", .seconds = 100}});
  const auto text = Write("hq", TaskSettings{.store = "/s", .data = "/d", .history = &history});
  const auto at = text.find("time_request = \"130s\"\n");
  BOOST_TEST_REQUIRE(at != std::string::npos, text);
  BOOST_TEST(text.find(KeyOf(student)) < at, text);
  BOOST_TEST(text.find("time_request", at + 1) == std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(without_the_gate_nothing_waits_for_the_clean_teacher) {
  BOOST_TEST(Contains(Write("hq", true), fmt::format("deps = [{}]\n", teacher)));
  BOOST_TEST(!ReadTask(folder.path(), KeyOf(student)).gate.has_value());
}

BOOST_AUTO_TEST_CASE(snakemake_reads_the_table_beside_its_rules) {
  BOOST_TEST(Contains(Write("snakemake"), "tasks.tsv"));
  BOOST_TEST(fs::exists(folder.path() / "tasks.tsv"));
}

BOOST_AUTO_TEST_CASE(nextflow_runs_one_level_after_the_other) {
  BOOST_TEST(Write("nextflow") ==
             "include { stage as stage_0; stage as stage_1 } from './stage.nf'\n\n"
             "def keysOf(level) {\n"
             "    channel.fromPath(\"$projectDir/levels.tsv\")\n"
             "        .splitCsv(header: true, sep: '\\t')\n"
             "        .filter { it.level == level }\n"
             "        .map { it.key }\n"
             "}\n\n"
             "workflow {\n"
             "    stage_0(keysOf('0'), true)\n"
             "    stage_1(keysOf('1'), stage_0.out.collect())\n"
             "}\n");
  BOOST_TEST(ReadBytes(folder.path() / "levels.tsv") == "level\tkey\n0\t" + KeyOf(teacher) +
                                                            "\n0\t" + KeyOf(clean) + "\n1\t" +
                                                            KeyOf(student) + "\n");
  const auto process = ReadBytes(folder.path() / "stage.nf");
  BOOST_TEST(Contains(process, "dfkd stage-run $key --tasks '$projectDir'\n"), process);
}

BOOST_AUTO_TEST_CASE(tasks_of_snakemake_and_nextflow_compute_with_the_device_and_threads_given) {
  const TaskSettings settings{.store = "/s", .data = "/d", .device = "cuda", .threads = 2};
  const auto rules = Write("snakemake", settings);
  BOOST_TEST(
      rules.ends_with(
          "    output: touch(\"done/{key}\")\n"
          "    threads: 2\n"
          "    resources: gpu=1  # snakemake --resources gpu=N\n"
          "    shell: \"dfkd stage-run {wildcards.key} --tasks . --device cuda --threads 2\"\n"),
      rules);
  Write("nextflow", settings);
  const auto process = ReadBytes(folder.path() / "stage.nf");
  BOOST_TEST(process.starts_with("process stage {\n    tag \"$key\"\n    errorStrategy 'finish'\n"
                                 "    cpus 2\n    accelerator 1\n\n    input:\n"),
             process);
  BOOST_TEST(process.ends_with("    dfkd stage-run $key --tasks '$projectDir' --device cuda "
                               "--threads 2\n    \"\"\"\n}\n"),
             process);
}

BOOST_AUTO_TEST_CASE(tasks_ask_for_nothing_where_nothing_was_given) {
  const TaskSettings settings{.store = "/s", .data = "/d"};
  const auto rules = Write("snakemake", settings);
  BOOST_TEST(rules.ends_with("    output: touch(\"done/{key}\")\n"
                             "    shell: \"dfkd stage-run {wildcards.key} --tasks .\"\n"),
             rules);
  Write("nextflow", settings);
  const auto process = ReadBytes(folder.path() / "stage.nf");
  BOOST_TEST(process ==
                 "process stage {\n    tag \"$key\"\n    errorStrategy 'finish'\n\n    input:\n"
                 "    val key\n    val before\n\n    output:\n    val key\n\n    script:\n"
                 "    \"\"\"\n    dfkd stage-run $key --tasks '$projectDir'\n    \"\"\"\n}\n",
             process);
}

BOOST_AUTO_TEST_CASE(a_task_is_the_stage_that_was_planned) {
  Write("tsv");
  const auto task = ReadTask(folder.path(), KeyOf(student));
  BOOST_TEST(task.request.stage.ref == fake.plan.Ref(student));
  BOOST_TEST(task.request.starts == std::vector{fake.plan.Ref(there)},
             boost::test_tools::per_element());
  BOOST_TEST(task.request.store == "/the/store");
  BOOST_TEST(task.request.limit_seconds == 60);
  BOOST_TEST_REQUIRE(task.gate.has_value());
  BOOST_TEST(task.gate->teacher == fake.plan.Ref(teacher));
  BOOST_TEST(task.gate->judged == fake.plan.Ref(teacher));
  BOOST_TEST(task.gate->largest_acc_drop == 0.25);
  BOOST_TEST(task.gate->attack.lowest_asr == 0.5);
  BOOST_TEST(task.gate->attack.of_accuracy);
}

BOOST_AUTO_TEST_CASE(a_task_that_is_not_there_or_another_ones_is_refused) {
  Write("tsv");
  const std::string unknown(64, 'a');
  BOOST_TEST(Contains(ErrorOf([&] { ReadTask(folder.path(), unknown); }), "there is no"));
  BOOST_TEST(Contains(ErrorOf([&] { ReadTask(folder.path(), "../x"); }), "64 lower-case"));
  const auto of = [&](const std::string& key) {
    return folder.path() / "tasks" / key.substr(0, 2) / (key + ".json");
  };
  fs::create_directories(of(unknown).parent_path());
  fs::copy_file(of(KeyOf(student)), of(unknown));
  BOOST_TEST(Contains(ErrorOf([&] { ReadTask(folder.path(), unknown); }), "another task"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::task_list_test
