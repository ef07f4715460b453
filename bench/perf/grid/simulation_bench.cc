// The full grid on 1 to 1,000 workers (docs/scaling.md): nothing is timed but the simulation
// itself; what it found stands in the counters.
#include <benchmark/benchmark.h>

#include "bench/perf/grid/grid.h"
#include "bench/perf/grid/simulation.h"

namespace dfkd::perf {
namespace {

// Planned once: it is the same for all.
const Plan& FullGrid() {
  static const Plan plan = GridOf(kFullGrid).MakePlan();
  return plan;
}

// Workers, factor of the recorded times, preemptions per hour of a worker.
void Simulated(benchmark::State& state) {
  const Cluster cluster{.workers = static_cast<size_t>(state.range(0)),
                        .scale = static_cast<double>(state.range(1)),
                        .preemptions = static_cast<double>(state.range(2)) / 100};
  const auto& plan = FullGrid();
  SimulatedRun run;
  for (auto _ : state) run = Simulate(plan, cluster);
  const double hours = run.seconds / 3600;
  state.counters["cells"] = static_cast<double>(plan.cells.size());
  state.counters["stages"] = static_cast<double>(plan.stages.size());
  state.counters["hours"] = hours;
  state.counters["critical_h"] = run.critical_seconds / 3600;
  state.counters["efficiency"] = run.work_seconds / (run.seconds * state.range(0));
  state.counters["lost_%"] = 100 * run.lost_seconds / run.work_seconds;
  state.counters["starts_per_s"] = static_cast<double>(run.starts) / run.seconds;
  state.counters["calls_per_s"] = run.store_calls / run.seconds;
  const auto calls = CallsOf(cluster, run);
  state.counters["squeue"] = calls.squeue;
  state.counters["scontrol"] = calls.scontrol;
  state.counters["scancel"] = calls.scancel;
  state.counters["read_GB"] = run.read_bytes / 1e9;
  state.counters["written_GB"] = run.written_bytes / 1e9;
}

BENCHMARK(Simulated)
    ->ArgNames({"workers", "scale", "preempted"})
    ->ArgsProduct({{1, 10, 100, 1000}, {1, 60}, {0, 25, 100}})
    ->Iterations(1)
    ->Unit(benchmark::kSecond);

}  // namespace
}  // namespace dfkd::perf
