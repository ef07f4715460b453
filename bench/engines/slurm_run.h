// A plan computed by workers on a cluster, watched from here.
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "bench/engines/scheduler.h"
#include "bench/engines/slurm_jobs.h"
#include "bench/engines/slurm_workers.h"

namespace dfkd {

struct SlurmRunOptions {
  SlurmSite site;
  WorkerSettings settings;
  std::vector<std::string> command;  // of a worker, without the folder
  // How often the user asked to stop: the workers that this run filed are then cancelled, which
  // makes them write checkpoints.
  std::function<int()> stop_requests = [] { return 0; };
  // Between questions to the scheduler: at first, and where nothing changes.
  std::chrono::milliseconds ask_every{30'000}, ask_at_last_every{180'000};
  // Between looks at the store; ten times as long as a look takes, if that is more.
  std::chrono::milliseconds look_every{2'000};
};

// How many workers to file in addition to those that live, for so many stages that are open: one
// for each, up to the limit of an array. Those that the site lets run at a time suffice; the others
// take the place of what is lost.
int WorkersToFile(size_t open, size_t alive, const SlurmSite& site);

// The stages of the board that somebody will still have to compute; `outstanding` as
// SlurmJobs::Outstanding.
size_t CountOpen(const Plan& plan, const Board& board,
                 const std::vector<std::string>& outstanding = {});
// Of these, those that are computed or could be, as all they need is done.
size_t CountStartable(const Plan& plan, const Board& board, bool ignore_gate,
                      const std::vector<std::string>& outstanding = {});

// Writes the settings, files as many workers as are missing, and returns what it filed; nothing if
// none is missing. `look` is asked who is there once it is our turn (SlurmJobs::Turn): of two that
// file at once the second finds what the first has filed. Nodes that the attempts show to be bad
// are excluded, and those that are broken. Throws what slurm::File does.
std::optional<FiledArray> FileMissing(const Plan& plan, const Board& board, const SlurmJobs& jobs,
                                      const std::function<EarlierWorkers()>& look,
                                      const SlurmRunOptions& options);

// Files workers and watches until nothing is left that can be done. Workers that were filed before
// are taken over. Where fewer live than should, in three looks in a row, others are filed; not, as
// long as the scheduler does not answer, but for the first ones: whether there is a scheduler shows
// whether it takes them. Halts where it refuses three times, or was not there from the beginning,
// or three arrays in a row did nothing, or the budget is spent and no worker is left. In the end
// waiting workers are cancelled. Where workers end before they begin, none that waits is started
// any more. Failures and results are in the store.
RunReport RunOnSlurm(const Plan& plan, Store& store, const SlurmJobs& jobs,
                     const SlurmRunOptions& options, Observer& observer);

}  // namespace dfkd
