// Running a plan from the command line: slots, engine, signals, progress. Shared by run and
// distill.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "bench/cli/matrix_flags.h"
#include "bench/cli/remotes.h"
#include "bench/engines/scheduler.h"

namespace dfkd::cli {

struct EngineFlags {
  std::vector<std::string> devices = {"cpu"};
  std::string engine = "local";
  int jobs = 0, threads = 1;  // jobs 0: chosen here
  bool fail_fast = false, retry_failed = false, ignore_gate = false;
  std::string site, budget;  // of a cluster (cluster.h)
  RemoteFlags remotes;
};

// --threads and --device, which belong to a stage.
void AddDeviceFlags(Verb& verb, EngineFlags& flags);
// --engine, one of `engines`.
void AddEngineFlag(Verb& verb, EngineFlags& flags, std::vector<std::string> engines);

// Puts into the store what its stages read of this machine, and says what may surprise. Throws
// Error if a teacher that is a file is nowhere, unless remotes may have what was made of it.
void KeepInputs(const LoadedPlan& loaded, const Store& store, const EngineFlags& flags);

// Computes what the plan still needs; Ctrl-C asks for checkpoints, once more, a second later or
// more, ends at once.
RunReport Execute(const LoadedPlan& loaded, Store& store, const EngineFlags& flags);

// Calls `read`, which reads what a run left in the store. If that meets damage, what is damaged is
// computed again and `read` called once more, a few times at most; its other errors are passed on.
// `report` becomes that of the latest run.
void ReadOrRepair(const LoadedPlan& loaded, Store& store, const EngineFlags& flags,
                  RunReport& report, const std::function<void()>& read);

// What failed, with the reason and where to look, on standard error.
void TellFailures(const Plan& plan, const RunReport& report);

}  // namespace dfkd::cli
