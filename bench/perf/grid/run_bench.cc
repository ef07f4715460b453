// Running: what the scheduler costs per stage beside stages that cost nothing, and a run of which
// everything is there already.
#include <benchmark/benchmark.h>

#include <chrono>
#include <deque>
#include <fstream>

#include "bench/engines/progress.h"
#include "bench/engines/scheduler.h"
#include "bench/perf/grid/grid.h"
#include "bench/perf/grid/results.h"

namespace dfkd::perf {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// Stages that are over when they have begun. What is in the store afterwards is a bare name, but
// where a gate reads it. Keeps count of its own time, which is none of the scheduler's.
class PromptEngine final : public Engine {
 public:
  PromptEngine(const Plan& plan, size_t slots) : plan_(plan), slots_(slots) {}

  const std::vector<Slot>& slots() const override { return slots_; }
  void Submit(size_t slot, StageRequest request) override {
    const auto start = Clock::now();
    Finish(plan_.Find(request.stage.ref), request.store);
    events_.push_back({.slot = slot, .outcome = StageOutcome{StageStatus::kDone}});
    own_seconds_ += std::chrono::duration<double>(Clock::now() - start).count();
  }
  std::optional<EngineEvent> Wait(std::chrono::milliseconds) override {
    if (events_.empty()) return std::nullopt;
    auto event = events_.front();
    events_.pop_front();
    return event;
  }
  void Stop() override {}
  void Kill() override {}
  double own_seconds() const { return own_seconds_; }

 private:
  void Finish(StageId id, const fs::path& store) {
    const auto& stage = plan_.At(id).stage;
    if (stage.kind == "evaluate" && plan_.At(id).gate == std::nullopt)
      return WriteResult(plan_, id, store, 1);
    const auto folder = store / stage.kind / stage.key().substr(0, 2) / stage.key();
    fs::create_directories(folder);
    std::ofstream(folder / "manifest.json");
  }

  const Plan& plan_;
  std::vector<Slot> slots_;
  std::deque<EngineEvent> events_;
  double own_seconds_ = 0;
};

struct Silence {
  Silence() : file(std::fopen("/dev/null", "w")) {}
  ~Silence() { std::fclose(file); }
  std::FILE* const file;
};

void Completions(benchmark::State& state) {
  const auto plan = GridOfCells(state.range(0)).MakePlan();
  double seconds = 0;
  for (auto _ : state) {
    const ScratchFolder folder;
    Store store(folder.path());
    PromptEngine engine(plan, 8);
    const Silence silence;
    ProgressPrinter printer(silence.file, true, engine.slots().size());
    const auto start = Clock::now();
    const auto report = RunPlan(plan, store, engine, {}, printer);
    seconds = std::chrono::duration<double>(Clock::now() - start).count() - engine.own_seconds();
    state.SetIterationTime(seconds);
    if (report.ExitCode() != 0) state.SkipWithError("a stage failed");
  }
  state.counters["stages"] = static_cast<double>(plan.stages.size());
  state.counters["us_per_stage"] = 1e6 * seconds / static_cast<double>(plan.stages.size());
}

void CachedRun(benchmark::State& state) {
  const auto plan = GridOfCells(state.range(0)).MakePlan();
  const ScratchFolder folder;
  FillStore(plan, folder.path(), 4096);
  for (auto _ : state) {
    Store store(folder.path());
    PromptEngine engine(plan, 8);
    const Silence silence;
    ProgressPrinter printer(silence.file, false, engine.slots().size());
    benchmark::DoNotOptimize(RunPlan(plan, store, engine, {}, printer));
  }
  state.counters["stages"] = static_cast<double>(plan.stages.size());
}

BENCHMARK(Completions)
    ->Arg(4000)
    ->Arg(16000)
    ->Arg(100000)
    ->Iterations(1)
    ->UseManualTime()
    ->Unit(benchmark::kSecond);
BENCHMARK(CachedRun)->Arg(4000)->Arg(16000)->Iterations(1)->Unit(benchmark::kSecond);

}  // namespace
}  // namespace dfkd::perf
