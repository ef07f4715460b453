#include "bench/engines/slurm_canary.h"

#include <boost/test/unit_test.hpp>
#include <chrono>

#include "tests/engines/fake_stages.h"
#include "tests/engines/slurm_stubs.h"

namespace dfkd::slurm_canary_test {

using namespace testing;  // NOLINT: the helpers of this folder

// An sbatch that runs the job on the spot, as node1.
constexpr const char* kRunsIt = R"sh(for script; do :; done
log=$(sed -n 's/^#SBATCH --output="\(.*\)"$/\1/p' "$script")
bash "$script" >"$log" 2>&1)sh";

struct Canaries {
  std::vector<std::string> Send(const SlurmSite& site, const std::vector<std::string>& command,
                                std::chrono::seconds patience = std::chrono::seconds(60)) {
    std::vector<std::string> notes;
    const SlurmJobs jobs(scratch.path() / "store", plan, false);
    SendCanaries(jobs, site, {}, command, patience,
                 [&](const std::string& line) { notes.push_back(line); });
    return notes;
  }
  std::string Refusal(const SlurmSite& site, const std::vector<std::string>& command) {
    return ErrorOf([&] { Send(site, command); });
  }
  // What a node is told whose toy teacher has this digest, a minute after the one before it.
  std::string Compare(const std::string& node, const std::string& digest,
                      const Json& numerics = {{"device", "cpu"}, {"threads", 1}}) const {
    for (const auto& file : Said())
      fs::last_write_time(file, fs::last_write_time(file) - std::chrono::minutes(1));
    return CompareCanary(scratch.path() / "store", {node, "key", numerics, digest});
  }
  // The files in which nodes said what they compute.
  std::vector<fs::path> Said() const {
    std::vector<fs::path> files;
    const auto folder = scratch.path() / "store" / "canary";
    if (!fs::exists(folder)) return files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
    return files;
  }
  const Stubs stubs;
  const ScratchFolder scratch;
  const Plan plan = DiamondPlan(1, 0);
};

BOOST_FIXTURE_TEST_SUITE(slurm_canary, Canaries)

BOOST_AUTO_TEST_CASE(a_canary_is_sent_to_each_partition) {
  stubs.Answer("sbatch", kRunsIt);
  const auto notes = Send({.partition = "gpu,long"}, {"echo", "fine"});
  BOOST_TEST(notes == (std::vector<std::string>{"canary on gpu: well", "canary on long: well"}),
             boost::test_tools::per_element());
  BOOST_TEST(Send({.partition = "gpu,"}, {"echo", "fine"}) ==
                 std::vector<std::string>{"canary on gpu: well"},
             boost::test_tools::per_element());
  BOOST_TEST(Send({}, {"echo", "fine"}) == std::vector<std::string>{"canary: well"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(one_that_dies_says_why_in_its_own_words) {
  stubs.Answer("sbatch", kRunsIt);
  stubs.Answer("scancel", "echo \"$@\" >\"$(dirname \"$0\")/cancelled\"");
  const auto why =
      Refusal({.partition = "gpu"}, {"sh", "-c", "echo problem: no disk; echo x; exit 1"});
  BOOST_TEST(why == "nothing is filed: canary on gpu: problem: no disk");
  BOOST_TEST(Contains(stubs.Asked("cancelled"), "-canary-"));
  BOOST_TEST(Contains(Refusal({.setup = {"echo no module >&2; exit 3"}}, {"true"}), "no module"));
  BOOST_TEST(Contains(Refusal({}, {"sh", "-c", "exit 7"}), "exit code 7"));
}

BOOST_AUTO_TEST_CASE(a_job_that_slurm_refuses_or_never_starts_is_no_canary_that_lives) {
  stubs.Answer("scancel", ":");
  stubs.Answer("sbatch", "echo 'sbatch: error: invalid partition specified: gpu' >&2; exit 1");
  BOOST_TEST(Contains(Refusal({.partition = "gpu"}, {"true"}), "invalid partition"));
  stubs.Answer("sbatch", "exec sleep 1000");
  const auto why = ErrorOf([&] { Send({}, {"true"}, std::chrono::seconds(0)); });
  BOOST_TEST(why == "nothing is filed: canary: did not end within 0 minutes");
}

BOOST_AUTO_TEST_CASE(a_node_that_does_not_see_the_store_is_told) {
  stubs.Answer("sbatch",
               std::string("for script; do :; done\ncp \"$script\" \"$0.sh\" && rm \"$script\"\n") +
                   "set -- \"$0.sh\"\n" + kRunsIt);
  stubs.Answer("scancel", ":");
  BOOST_TEST(Contains(Refusal({}, {"echo", "fine"}), "is not seen here"));
}

BOOST_AUTO_TEST_CASE(nodes_that_compute_the_same_are_believed) {
  for (const char* node : {"node1", "node2", "node1"}) BOOST_TEST(Compare(node, "right") == "");
}

BOOST_AUTO_TEST_CASE(a_node_that_computes_something_else_than_the_first_is_told_in_one_line) {
  Compare("node9", "right");
  const auto why = Compare("node2", "wrong");
  BOOST_TEST(why == "the toy teacher is wrong on node2, and right on one alike, node9 the first");
  BOOST_TEST(Compare("node9", "right") == "");
}

BOOST_AUTO_TEST_CASE(the_first_node_is_not_believed_against_two_others) {
  Compare("node9", "wrong");
  BOOST_TEST(Compare("node8", "right") != "");
  BOOST_TEST(Compare("node3", "right") == "");
  BOOST_TEST(Compare("node8", "right") == "");
  BOOST_TEST(Contains(Compare("node9", "wrong"), "right on 2 alike, node8 the first"));
}

BOOST_AUTO_TEST_CASE(nodes_of_other_numerics_may_compute_something_else) {
  Compare("node9", "right");
  BOOST_TEST(Compare("node2", "other", {{"device", "cpu"}, {"threads", 2}}) == "");
  const Json gpu = {{"device", "cuda"}, {"deterministic", false}};
  for (const char* digest : {"one", "two"}) BOOST_TEST(Compare(digest, digest, gpu) == "");
  const Json exact = {{"device", "cuda"}, {"deterministic", true}};
  Compare("node9", "one", exact);
  BOOST_TEST(Compare("node2", "two", exact) != "");
}

BOOST_AUTO_TEST_CASE(a_node_that_was_repaired_is_believed_and_what_is_torn_says_nothing) {
  Compare("node9", "right"), Compare("node2", "wrong");
  BOOST_TEST(Compare("node2", "right") == "");
  BOOST_TEST_REQUIRE(Said().size() == 2U);
  for (const auto& file : Said()) Write(file, "torn");
  BOOST_TEST(Compare("node3", "other") == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::slurm_canary_test
