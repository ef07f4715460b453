// The worker's side of the local engine. Stages come in as JSON lines (StageRequest), {"progress":
// {"done", "total"}} and {"outcome": …} go out. Neither is standard output: a stray print does no
// harm.
#pragma once
#include "bench/store/stage.h"

namespace dfkd {

// Where the runner puts the two channels of a worker it starts.
inline constexpr int kWorkerIn = 3, kWorkerOut = 4;

// Runs stages until `in_fd` ends; returns the exit code. SIGTERM, or the end of the runner, makes
// the running stage write a checkpoint and ends the worker; a stage that does not hear is ended by
// force after a while. SIGINT is the runner's: it is ignored here. Changes signal handlers of the
// process: for programs that are nothing but a worker.
int WorkerLoop(RunStageFunction run, int in_fd, int out_fd);

}  // namespace dfkd
