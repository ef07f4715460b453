// The leaderboard of a large matrix: loading its scores, and writing the whole site, which loads
// them, too.
#include <benchmark/benchmark.h>

#include "bench/perf/grid/grid.h"
#include "bench/perf/grid/results.h"
#include "bench/scores/load_scores.h"
#include "bench/scores/write_scores.h"
#include "leaderboard/pages/site.h"

namespace dfkd::perf {
namespace {

// A score file of every cell, as a run leaves them.
class ScoredGrid {
 public:
  explicit ScoredGrid(int64_t cells) {
    const auto grid = GridOfCells(cells);
    const auto plan = grid.MakePlan();
    const ScratchFolder results;
    FillStore(plan, results.path(), 4096);
    Store store(results.path());
    WriteScores({grid.matrix, plan, grid.data, "0"}, store, folder_.path());
  }
  const std::filesystem::path& path() const { return folder_.path(); }

 private:
  const ScratchFolder folder_;
};

// What is left out costs less.
void RequireAll(benchmark::State& state, int64_t shown) {
  if (shown == state.range(0)) return;
  state.SkipWithError("not all scores are valid; dfkd validate says why");
}

void LoadingScores(benchmark::State& state) {
  const ScoredGrid scores(state.range(0));
  for (auto _ : state) {
    const auto loaded = LoadScores({scores.path()});
    RequireAll(state, static_cast<int64_t>(loaded.scores.size()));
  }
}

void WritingSite(benchmark::State& state) {
  const ScoredGrid scores(state.range(0));
  const ScratchFolder site;
  double peak = 0;
  for (auto _ : state) {
    ForgetPeak();
    RequireAll(state, WriteSite({scores.path()}, site.path()).cells);
    peak = PeakBytes();
  }
  state.counters["MB"] = peak / 1e6;
}

BENCHMARK(LoadingScores)->Arg(4000)->Arg(16000)->Iterations(1)->Unit(benchmark::kSecond);
BENCHMARK(WritingSite)->Arg(4000)->Arg(16000)->Iterations(1)->Unit(benchmark::kSecond);

}  // namespace
}  // namespace dfkd::perf
