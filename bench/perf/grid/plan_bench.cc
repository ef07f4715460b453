// Planning: seconds of CPU, and the largest memory, by number of cells.
#include <benchmark/benchmark.h>

#include "bench/perf/grid/grid.h"

namespace dfkd::perf {
namespace {

void Planning(benchmark::State& state) {
  const auto grid = GridOfCells(state.range(0));
  size_t stages = 0;
  double peak = 0;
  for (auto _ : state) {
    ForgetPeak();
    const auto plan = grid.MakePlan();
    stages = plan.stages.size();
    peak = PeakBytes();
  }
  state.counters["stages"] = static_cast<double>(stages);
  state.counters["MB"] = peak / 1e6;
}

BENCHMARK(Planning)->Arg(4000)->Arg(16000)->Arg(100000)->Iterations(1)->Unit(benchmark::kSecond);

}  // namespace
}  // namespace dfkd::perf
