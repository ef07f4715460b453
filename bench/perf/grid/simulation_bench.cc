// The full grid on 1 to 1,000 workers (docs/scaling.md): nothing is timed but the simulation
// itself; what it found stands in the counters.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cmath>

#include "bench/perf/grid/grid.h"
#include "bench/perf/grid/simulation.h"

namespace dfkd::perf {
namespace {

// Planned once: it is the same for all.
const Plan& FullGrid() {
  static const Plan plan = GridOf(kFullGrid).MakePlan();
  return plan;
}

// 12345.6 -> "12,346"; what is below ten keeps two digits.
std::string Counted(double number) {
  if (number < 10 && number != std::floor(number)) return fmt::format("{:.2f}", number);
  auto text = fmt::format("{:.0f}", number);
  for (auto at = std::ssize(text) - 3; at > 0; at -= 3) text.insert(static_cast<size_t>(at), ",");
  return text;
}

// As in the table "What the scheduler is asked" of docs/scaling.md.
std::string RowOf(const Cluster& cluster, const SimulatedRun& run) {
  const auto calls = CallsOf(cluster, run);
  const double hours = run.seconds / 3600;
  std::string row = "|";
  for (const double number :
       {static_cast<double>(cluster.workers), cluster.scale, 1 / cluster.preemptions, hours,
        calls.sbatch, calls.squeue_watching, calls.squeue_workers, calls.scontrol, calls.scancel,
        0.0, calls.All() / hours})
    row += " " + Counted(number) + " |";
  return row;
}

// Workers, factor of the recorded times, preemptions in a hundred hours of a worker, seconds
// between checkpoints, and seconds until a worker is back.
void Simulated(benchmark::State& state) {
  const Cluster cluster{.workers = static_cast<size_t>(state.range(0)),
                        .scale = static_cast<double>(state.range(1)),
                        .preemptions = static_cast<double>(state.range(2)) / 100,
                        .checkpoint_seconds = static_cast<double>(state.range(3)),
                        .restart_seconds = static_cast<double>(state.range(4))};
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
  state.counters["looks_at_done"] = run.looks_at_done;
  state.counters["looks_at_held"] = run.looks_at_held;
  const auto calls = CallsOf(cluster, run);
  state.counters["preempted"] = static_cast<double>(run.preempted);
  state.counters["squeue_watching"] = calls.squeue_watching;
  state.counters["squeue_workers"] = calls.squeue_workers;
  state.counters["scontrol"] = calls.scontrol;
  state.counters["scancel"] = calls.scancel;
  state.counters["read_GB"] = run.read_bytes / 1e9;
  state.counters["written_GB"] = run.written_bytes / 1e9;
  if (cluster.preemptions > 0) state.SetLabel(RowOf(cluster, run));
}

BENCHMARK(Simulated)
    ->ArgNames({"workers", "scale", "preempted", "checkpoint", "restart"})
    ->ArgsProduct({{1, 10, 100, 1000}, {1, 60}, {0, 25, 100}, {60}, {120}})
    ->Args({1000, 60, 100, 600, 120})
    ->Args({1000, 60, 100, 60, 1800})
    ->Iterations(1)
    ->Unit(benchmark::kSecond);

}  // namespace
}  // namespace dfkd::perf
