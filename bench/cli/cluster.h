// What the commands share that have a plan computed by workers on a cluster: submit, pull, run,
// status.
#pragma once
#include <string>

#include "bench/cli/execute.h"
#include "bench/engines/slurm_jobs.h"
#include "bench/engines/slurm_run.h"
#include "bench/matrix/load_plan.h"

namespace dfkd::cli {

void AddSiteFlags(Verb& verb, EngineFlags& flags);

// Throws Error for what is wrong in the flags or in the site's file.
SlurmRunOptions OptionsForSlurm(const LoadedPlan& loaded, const EngineFlags& flags);

// Before workers are filed: what stages need of this machine is put into the store, what remotes
// have is fetched, and with --retry-failed what failed is forgotten.
void PrepareForWorkers(const LoadedPlan& loaded, Store& store, const EngineFlags& flags);

// The plan that the settings of workers speak of, frozen when they were filed. Throws Error if it
// is another one by now, because data or this program have changed.
LoadedPlan LoadPulled(const SlurmJobs& jobs, const WorkerSettings& settings);

}  // namespace dfkd::cli
