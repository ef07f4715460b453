// dfkd stage-run: one stage of a plan that another runner drives.
#include <csignal>
#include <cstdio>
#include <memory>
#include <thread>

#include "bench/cli/command.h"
#include "bench/cli/matrix_flags.h"
#include "bench/cli/remotes.h"
#include "bench/cli/sources_now.h"
#include "bench/cli/version.h"
#include "bench/engines/blame.h"
#include "bench/engines/inline_engine.h"
#include "bench/engines/machine.h"
#include "bench/engines/stop_requests.h"
#include "bench/engines/task_list.h"
#include "bench/stages/services.h"
#include "bench/store/failures.h"
#include "bench/store/reasons.h"
#include "bench/store/stage_sources.h"

namespace dfkd::cli {
namespace {

struct StageRunFlags {
  std::string key, tasks = ".", device = "cpu";
  int threads = 1;
  RemoteFlags remotes;
};

volatile std::sig_atomic_t task_must_stop = 0;

void StopTask(int) { task_must_stop = 1; }

// To its end, or to a checkpoint if this process is asked to end.
StageOutcome RunOnce(const StageRequest& request, const Slot& slot) {
  InlineEngine engine(StageRunner(), slot);
  engine.Submit(0, request);
  bool told = false;
  while (true) {
    const auto event = engine.Wait(std::chrono::milliseconds(200));
    if (event && event->outcome) return *event->outcome;
    if (task_must_stop && !std::exchange(told, true)) engine.Stop();
  }
}

// Whoever else works on it is waited for: tasks that need this one rely on its end.
StageOutcome RunToEnd(const StageRequest& request, const Slot& slot) {
  while (true) {
    auto outcome = RunOnce(request, slot);
    if (outcome.status != StageStatus::kBusy) return outcome;
    for (int i = 0; i < 20 && !task_must_stop; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    if (task_must_stop) return {StageStatus::kInterrupted};
  }
}

// Their own tasks compute again what is damaged or gone, and this one then ends well: it is no
// failure of this stage, which would be refused after two.
FailureClass ClassToRecord(const StageRequest& request, const StageOutcome& outcome) {
  if (outcome.failure != FailureClass::kIo) return outcome.failure;
  Store store(request.store);
  auto reads = InputsOf(request.stage.description());
  reads.insert(reads.end(), request.starts.begin(), request.starts.end());
  const bool any = MoveDamagedAside(
      store, reads, [](const std::string& line) { fmt::print(stderr, "{}\n", line); });
  return any || WasInMotion(store, outcome) ? FailureClass::kLost : FailureClass::kIo;
}

int Conclude(const StageRequest& request, const Slot& slot, const StageOutcome& outcome) {
  const Failures failures(request.store);
  const auto key = request.stage.key();
  if (outcome.status == StageStatus::kDone) return failures.Clear(key), 0;
  if (outcome.status == StageStatus::kInterrupted) return 130;
  fmt::print(stderr, "failed ({}): {}\n", Name(outcome.failure), outcome.message);
  if (store::ConcernsEveryStage(outcome.failure, outcome.message)) return 2;  // no stage is blamed
  failures.Record(key, {.failure = ClassToRecord(request, outcome),
                        .message = outcome.message,
                        .machine = KindOfMachine({slot})});
  return 1;
}

// Whether a remote had the result.
bool WasFetched(const Store& store, const std::string& ref, const RemoteFlags& remotes) {
  const auto source = MakeSource(store, remotes);
  return source && source->Fetch({ref}, [](const auto&) { return !task_must_stop; }) > 0;
}

int Run(const StageRunFlags& flags) {
  RequireStages();
  CheckDeviceName(flags.device);
  auto task = ReadTask(flags.tasks, flags.key);
  for (const int signal : kEndSignals) Hear(signal, StopTask);
  Hear(SIGUSR1, StopTask);
  const Slot slot{flags.device, flags.threads};
  Store store(task.request.store);
  if (store.Has(task.request.stage.ref)) return 0;
  if (WasFetched(store, task.request.stage.ref, flags.remotes)) return 0;
  if (task.gate && !EvaluateGate(store, *task.gate).passed) {
    fmt::print(stderr, "not run: the attack failed\n");
    return 0;
  }
  // Not a failure of the stage, which would be refused from then on: of this command line.
  RequireProfileOn(task.request.stage.description().value("profile", "fp32"),
                   KindsOf({flags.device}));
  const auto before = Failures(store.root()).ReadAll(flags.key);
  const auto here = PlaceOnThisHost(KindOfMachine({slot}));
  if (!MayTry(before, 0, &here)) {
    fmt::print(stderr, "failed before, and is not tried again: {}\n", before.back().message);
    return 1;
  }
  task.request.facts = {{"version", Version()}, {"commit", Commit()}, {kSources, SourceHashes()}};
  return Conclude(task.request, slot, RunToEnd(task.request, slot));
}

}  // namespace

void AddStageRun(Program& program) {
  auto& verb = program.AddVerb("stage-run", "Run one stage of a plan that another runner drives");
  const auto flags = std::make_shared<StageRunFlags>();
  verb.Add("key", &flags->key, "as `dfkd plan --format` lists it").Required().Takes("KEY");
  verb.Add("--tasks", &flags->tasks, "the folder that `dfkd plan --format` wrote")
      .Takes("DIR")
      .ShowsDefault();
  verb.Add("--device", &flags->device, "cpu or cuda[:i]").Takes("DEVICE").ShowsDefault();
  verb.Add("--threads", &flags->threads, "of the stage; results are bound to it")
      .Between(1, 1024)
      .ShowsDefault();
  AddRemoteFlags(verb, flags->remotes);
  verb.Footer(
      "Does nothing if the store has the result, or if the attack behind it failed. SIGTERM, "
      "SIGINT,\nSIGHUP and SIGUSR1: write a checkpoint and end; the same command continues.\n"
      "Exit code: 0 done, 1 failed, 2 usage or a full disk, 130 interrupted.\n"
      "Example:\n"
      "  dfkd plan quick --format hq --tasks quick_tasks && cd quick_tasks && hq job submit-file "
      "tasks.toml");
  verb.Runs([flags] { return Run(*flags); });
}

}  // namespace dfkd::cli
