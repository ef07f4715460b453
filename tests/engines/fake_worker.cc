// The other processes of the engine tests: `worker …` is what LocalEngine starts; `run STORE DATA
// STEPS STEP_MS` is a runner with two workers, to be killed.
#include <atomic>
#include <cstdio>

#include "bench/engines/local_engine.h"
#include "bench/engines/scheduler.h"
#include "bench/engines/worker.h"
#include "tests/engines/fake_stages.h"

namespace {

volatile std::sig_atomic_t stop_requests = 0;

int RunAll(char** arguments) {
  using namespace dfkd;  // NOLINT: a program of two functions
  for (const int signal : {SIGINT, SIGTERM}) {
    std::signal(signal, [](int) { stop_requests = stop_requests + 1; });
  }
  const auto plan = testing::DiamondPlan(std::atoi(arguments[4]), std::atoi(arguments[5]));
  Store store(arguments[2]);
  LocalEngine engine(MakeSlots({"cpu"}, 2, 1));
  Observer observer;
  RunOptions options{.data = arguments[3]};
  options.stop_requests = [] { return static_cast<int>(stop_requests); };
  options.busy_pause = std::chrono::milliseconds(20);
  return RunPlan(plan, store, engine, options, observer).ExitCode();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string verb = argc > 1 ? argv[1] : "";
  if (verb == "worker") {
    return dfkd::WorkerLoop(dfkd::testing::RunFake, dfkd::kWorkerIn, dfkd::kWorkerOut);
  }
  if (verb == "run" && argc == 6) return RunAll(argv);
  std::fprintf(stderr, "usage: fake_worker worker | run STORE DATA STEPS STEP_MS\n");
  return 2;
}
