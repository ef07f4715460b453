// dfkd worker: runs stages for `dfkd run`, one warm process per slot.
#include <fcntl.h>

#include <memory>

#include "bench/cli/command.h"
#include "bench/core/error.h"
#include "bench/engines/worker.h"
#include "bench/stages/services.h"

namespace dfkd::cli {
namespace {

struct WorkerFlags {
  std::string device = "cpu";
  int threads = 1;
};

int Run(const WorkerFlags& flags) {
  RequireStages();
  for (const int channel : {kWorkerIn, kWorkerOut}) {
    if (::fcntl(channel, F_GETFD) < 0) {
      throw MakeError(
          "worker: descriptor {} is not open; workers are started by `dfkd run`, which opens it",
          channel);
    }
  }
  CheckDeviceName(flags.device);
  return WorkerLoop(StageRunner(), kWorkerIn, kWorkerOut);
}

}  // namespace

void AddWorker(Program& program) {
  auto& verb = program.AddVerb("worker", "Run stages for `dfkd run` (started by it)");
  const auto flags = std::make_shared<WorkerFlags>();
  verb.Add("--device", &flags->device, "where stages run").ShowsDefault();
  verb.Add("--threads", &flags->threads, "of one stage").ShowsDefault();
  verb.Footer(
      "Stages come in as JSON lines on descriptor 3, progress and outcomes go out on 4.\n"
      "SIGTERM: write a checkpoint and end.");
  verb.Runs([flags] { return Run(*flags); });
}

}  // namespace dfkd::cli
