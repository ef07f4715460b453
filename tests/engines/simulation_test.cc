// What docs/scaling.md takes from the simulation of many workers.
#include "bench/perf/grid/simulation.cc"  // NOLINT: no library has it

#include <boost/test/unit_test.hpp>

namespace dfkd::simulation_test {

using boost::test_tools::tolerance;
using perf::CallsOf;
using perf::Cluster;
using perf::Simulate;

// Two hundred that nothing keeps waiting.
Plan Distillations() {
  Plan plan;
  for (int seed = 0; seed < 200; ++seed)
    plan.Add("distill", {{"inputs", Json::object()}, {"seed", seed}});
  return plan;
}

BOOST_AUTO_TEST_SUITE(simulation)

BOOST_AUTO_TEST_CASE(one_worker_takes_as_long_as_its_work_and_what_preemption_costs) {
  const auto plan = Distillations();
  const auto calm = Simulate(plan, {.scale = 60});
  BOOST_TEST(calm.preempted == 0U);
  BOOST_TEST(calm.seconds == calm.work_seconds, tolerance(1e-9));
  const auto run = Simulate(plan, {.scale = 60, .preemptions = 4});
  BOOST_TEST(run.preempted > 20U);
  BOOST_TEST(run.starts == 200 + run.preempted);
  BOOST_TEST(run.lost_seconds > 120.0 * static_cast<double>(run.preempted));
  BOOST_TEST(run.seconds == run.work_seconds + run.lost_seconds, tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(rarer_checkpoints_and_longer_queues_cost_more) {
  const auto plan = Distillations();
  const auto lost = [&](double checkpoint, double restart) {
    return Simulate(plan, {.workers = 4,
                           .scale = 60,
                           .preemptions = 4,
                           .checkpoint_seconds = checkpoint,
                           .restart_seconds = restart})
        .lost_seconds;
  };
  BOOST_TEST(lost(600, 120) > 1.5 * lost(60, 120));
  BOOST_TEST(lost(60, 1800) > 5 * lost(60, 120));
}

BOOST_AUTO_TEST_CASE(one_worker_asks_the_store_for_its_stages_alone) {
  const auto run = Simulate(Distillations(), {.scale = 60});
  BOOST_TEST(run.looks_at_done == 0);
  BOOST_TEST(run.looks_at_held == 0);
  const double touches = run.work_seconds / 10 + run.work_seconds / 60;
  BOOST_TEST(run.store_calls == 200 * 93 + touches, tolerance(1e-9));
}

// The store is not asked for the same by twice as many workers.
BOOST_AUTO_TEST_CASE(every_further_worker_looks_at_what_the_others_have_done_and_hold) {
  const auto one = Simulate(Distillations(), {.scale = 60});
  double before = 0;
  for (const size_t workers : {2, 4, 8}) {
    const auto run = Simulate(Distillations(), {.workers = workers, .scale = 60});
    BOOST_TEST(run.looks_at_done == 200.0 * static_cast<double>(workers - 1));
    BOOST_TEST(run.looks_at_held > before);
    BOOST_TEST(run.store_calls == one.store_calls + run.looks_at_done + 11 * run.looks_at_held,
               tolerance(1e-9));
    before = run.looks_at_held;
  }
}

BOOST_AUTO_TEST_CASE(every_start_of_a_worker_asks_the_scheduler_once) {
  const Cluster cluster{.workers = 4, .scale = 60, .preemptions = 4};
  const auto run = Simulate(Distillations(), cluster);
  const auto calls = CallsOf(cluster, run);
  BOOST_TEST(calls.squeue_workers == 4 + static_cast<double>(run.preempted) + calls.scontrol,
             tolerance(1e-9));
  BOOST_TEST(calls.All() ==
                 1 + calls.squeue_watching + calls.squeue_workers + calls.scontrol + calls.scancel,
             tolerance(1e-9));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::simulation_test
