// Reading a store: where every cell stands, why stages would run, and the scores.
#include <benchmark/benchmark.h>

#include <cstdlib>

#include "bench/engines/board.h"
#include "bench/engines/forecast.h"
#include "bench/perf/grid/grid.h"
#include "bench/perf/grid/results.h"
#include "bench/scores/write_scores.h"

namespace dfkd::perf {
namespace {

// `full`: with all results, else with none.
void Status(benchmark::State& state, bool full) {
  const auto plan = GridOfCells(state.range(0)).MakePlan();
  const ScratchFolder folder;
  if (full) FillStore(plan, folder.path(), 4096);
  for (auto _ : state) {
    Store store(folder.path());
    const auto board = ReadBoard(plan, store, false);
    for (const auto& cell : plan.cells) benchmark::DoNotOptimize(ViewOf(plan, cell, board));
  }
}

void Forecasting(benchmark::State& state) {
  const auto plan = GridOfCells(state.range(0)).MakePlan();
  const ScratchFolder folder;
  for (auto _ : state) {
    Store store(folder.path());
    benchmark::DoNotOptimize(MakeForecast(plan, store));
  }
}

void Scoring(benchmark::State& state) {
  const auto grid = GridOfCells(state.range(0));
  const auto plan = grid.MakePlan();
  const ScratchFolder folder, scores;
  FillStore(plan, folder.path(), static_cast<size_t>(state.range(1)));
  for (auto _ : state) {
    Store store(folder.path());
    WriteScores({grid.matrix, plan, grid.data, "0"}, store, scores.path());
  }
}

// For the programs to be measured on.
void LeaveStore(benchmark::State& state) {
  const char *seeds = std::getenv("DFKD_PERF_SEEDS"), *store = std::getenv("DFKD_PERF_STORE");
  for (auto _ : state) {
    if (seeds != nullptr && store != nullptr)
      FillStore(GridOf({.student_seeds = std::atoi(seeds)}).MakePlan(), store, 4096);
  }
}

BENCHMARK_CAPTURE(Status, empty, false)
    ->Arg(16000)
    ->Arg(100000)
    ->Iterations(1)
    ->Unit(benchmark::kSecond);
BENCHMARK_CAPTURE(Status, full, true)->Arg(16000)->Iterations(1)->Unit(benchmark::kSecond);
BENCHMARK(Forecasting)->Arg(16000)->Arg(100000)->Iterations(1)->Unit(benchmark::kSecond);
BENCHMARK(Scoring)
    ->Args({4000, 4096})
    ->Args({4000, 1 << 18})
    ->Args({16000, 4096})
    ->Iterations(2)
    ->Unit(benchmark::kSecond);
BENCHMARK(LeaveStore)->Iterations(1);

}  // namespace
}  // namespace dfkd::perf
