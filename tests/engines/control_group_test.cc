#include "bench/engines/control_group.h"

#include <sched.h>

#include <boost/test/unit_test.hpp>

#include "bench/engines/machine.h"
#include "tests/store/store_testing.h"

namespace dfkd::control_group_test {

using namespace testing;  // NOLINT: the helpers of this folder

struct Tree {
  ControlGroup Of(const std::string& memberships) const { return {memberships, root.path()}; }
  void Put(const std::string& file, const std::string& text) { Write(root.path() / file, text); }
  ScratchFolder root;
};

BOOST_FIXTURE_TEST_SUITE(control_group, Tree)

BOOST_AUTO_TEST_CASE(nothing_limits_where_nobody_says_so) {
  Put("job/cpu.max", "max 100000\n");
  Put("job/memory.max", "max\n");
  for (const char* memberships : {"0::/job\n", "0::/elsewhere\n", "", "nonsense\n"}) {
    BOOST_TEST(!Of(memberships).Cores().has_value());
    BOOST_TEST(!Of(memberships).MemoryBytes().has_value());
    BOOST_TEST(!Of(memberships).OomKills().has_value());
  }
}

BOOST_AUTO_TEST_CASE(the_least_of_a_group_and_those_above_it_counts) {
  Put("job/cpu.max", "250000 100000\n");
  Put("job/step/cpu.max", "max 100000\n");
  Put("job/memory.max", "2000000\n");
  Put("job/step/memory.max", "1000000\n");
  Put("job/step/memory.events", "low 0\noom 5\noom_kill 3\n");
  const auto group = Of("0::/job/step\n");
  BOOST_TEST(group.Cores().value() == 2.5);
  BOOST_TEST(group.MemoryBytes().value() == 1'000'000);
  BOOST_TEST(group.OomKills().value() == 3);
}

BOOST_AUTO_TEST_CASE(version_1_has_a_tree_for_each_controller) {
  const char* memberships = "4:memory:/docker/f00\n3:cpu,cpuacct:/docker/f00\n1:name=systemd:/\n";
  Put("cpu/cpu.cfs_quota_us", "150000\n");  // a container sees its own group as the root
  Put("cpu/cpu.cfs_period_us", "100000\n");
  Put("memory/memory.limit_in_bytes", "1000000\n");
  Put("memory/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
  const auto group = Of(memberships);
  BOOST_TEST(group.Cores().value() == 1.5);
  BOOST_TEST(group.MemoryBytes().value() == 1'000'000);
  BOOST_TEST(group.OomKills().value() == 2);
  Put("cpu/cpu.cfs_quota_us", "-1\n");
  Put("memory/memory.limit_in_bytes", "9223372036854771712\n");
  BOOST_TEST(!group.Cores().has_value());
  BOOST_TEST(!group.MemoryBytes().has_value());
}

BOOST_AUTO_TEST_CASE(jobs_follow_the_cores_that_this_process_is_bound_to) {
  const pid_t child = Fork([] {
    cpu_set_t set;
    ::sched_getaffinity(0, sizeof(set), &set);
    int last = CPU_SETSIZE - 1;
    while (!CPU_ISSET(last, &set)) --last;
    CPU_ZERO(&set);
    CPU_SET(last, &set);
    if (::sched_setaffinity(0, sizeof(set), &set) != 0) return 2;
    return AllowedCores() == 1 && DefaultJobs({"cpu"}, 1) == 1 ? 0 : 1;
  });
  BOOST_TEST(Wait(child) == 0);
}

BOOST_AUTO_TEST_CASE(a_gpu_gets_one_stage_at_a_time_and_a_list_one_each) {
  BOOST_TEST(DefaultJobs({"cuda"}, 1) == 1);
  BOOST_TEST(DefaultJobs({"cuda:0", "cuda:1"}, 1) == 2);
  BOOST_TEST(DefaultJobs({"cpu", "cpu"}, 8) == 2);
  BOOST_TEST(DefaultJobs({"cpu"}, 1'000'000) == 1);
}

BOOST_AUTO_TEST_CASE(the_kind_of_a_machine_names_memory_and_processor_and_is_the_same_twice) {
  const auto kind = KindOfMachine({{"cpu", 1}, {"cpu", 1}});
  BOOST_TEST(Contains(kind, " GiB"), kind);
  BOOST_TEST(kind == KindOfMachine({{"cpu", 1}}));
  BOOST_TEST(kind != KindOfMachine({{"cuda", 1}}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::control_group_test
