// Where each worker of a plan stands, by what it wrote, whether its process lives, and what the
// scheduler says. Whether a stage is done or in work is not asked here: that says the store.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bench/core/json.h"
#include "bench/engines/slurm_attempts.h"
#include "bench/engines/slurm_commands.h"
#include "bench/engines/slurm_jobs.h"

namespace dfkd {

enum class WorkerState {
  kWaiting,  // for its first start
  kRunning,
  kPreempted,  // it ran, was put back and waits
  kEnded,      // and said why
  kLost,       // it began, and is gone without a word
  kNotBegun,   // cancelled, or lost, before its first line
  kUnknown,    // nobody says
};
const char* Name(WorkerState state);

struct WorkerView {
  std::string task, node;
  WorkerState state = WorkerState::kUnknown;
  std::string why;
  bool broke = false;  // on its node, before its first line
};

// What the scheduler says of the workers of a plan. Nullopt: unknown, also where it knows none
// although an array was filed so lately that it could not have forgotten even one that has ended:
// such an answer is of somebody who does not know.
std::optional<std::vector<slurm::Task>> AskForWorkers(const SlurmJobs& jobs);

// `queue` as AskForWorkers returns it. What a worker wrote of its end counts first, then that
// its process is dead, then what the scheduler says of the task, then a sign of life. That the
// scheduler does not know a task, or does not answer, is no end of a worker that gives signs of
// life; and where it does not answer, the others are unknown, not gone.
std::vector<WorkerView> ViewWorkers(const std::vector<FiledArray>& arrays,
                                    const std::vector<Attempt>& attempts,
                                    const std::optional<std::vector<slurm::Task>>& queue);

// Those that work or will: waiting, running, preempted, unknown.
size_t CountAlive(const std::vector<WorkerView>& workers);

// Nodes on which three workers failed before their first line and none ever began, although some
// began elsewhere: what the site sets up is broken there, and arrays would run through them in no
// time.
std::set<std::string> BrokenNodes(const std::vector<WorkerView>& workers,
                                  const std::vector<Attempt>& attempts);

// Those that were filed before: how many need not be filed, and on which nodes they end before they
// begin. Where the scheduler does not answer, those that may live count as living: to file too few
// is mended by the next call.
struct EarlierWorkers {
  size_t alive = 0;
  std::set<std::string> broken;
  bool answered = true;  // the scheduler
};
EarlierWorkers LookAtEarlier(const SlurmJobs& jobs);

// Node ("" where there is none) -> state -> how many.
std::map<std::string, std::map<WorkerState, int>> ByNode(const std::vector<WorkerView>& workers);

// All that `status` says of workers: {"workers": {state: n}, "nodes", "spent", "waited_seconds",
// "peak_bytes", "bad_nodes", "attempts"}; null for what nobody knows.
Json DescribeWorkers(const std::vector<WorkerView>& workers, const std::vector<Attempt>& attempts);
// The same in a few lines for people; "" if there never was a worker.
std::string TellWorkers(const std::vector<WorkerView>& workers,
                        const std::vector<Attempt>& attempts);

}  // namespace dfkd
