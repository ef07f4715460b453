// Before many workers are filed: a small job on each kind of node shows that they would find there
// what they need.
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "bench/engines/slurm_jobs.h"

namespace dfkd {

// Files a job for each partition that the site names, one if it names none, and waits until all of
// them have ended, `patience` at most. A job sees whether the folder of `jobs` is there, then
// becomes `command`, which must end with code 0; otherwise its last line with "problem", else its
// last line, is the reason. `note` is told of each job that went well. Throws Error, one line, for
// the first that did not; those that still wait are cancelled then.
void SendCanaries(const SlurmJobs& jobs, const SlurmSite& site, const WorkerSettings& settings,
                  const std::vector<std::string>& command, std::chrono::seconds patience,
                  const std::function<void(const std::string&)>& note);

}  // namespace dfkd
