// A run of a plan by many workers, without the work: the planner's graph, the scheduler's order and
// its queue of ready stages; times drawn from what was recorded. For questions that no machine here
// can answer: how long, how much traffic, how many calls.
#pragma once
#include <cstdint>

#include "bench/matrix/plan.h"

namespace dfkd::perf {

struct Cluster {
  size_t workers = 1;
  double scale = 1;  // of all recorded times
  // Per hour of a worker. What was done since the last checkpoint is lost, and the worker is back
  // after `restart_seconds`.
  double preemptions = 0;
  double checkpoint_seconds = 60, restart_seconds = 120;
  double limit_seconds = 7200;  // of a worker on a cluster; then it is put back
};

struct SimulatedRun {
  double seconds = 0;           // from the first start to the last end
  double work_seconds = 0;      // of all stages, as if none was interrupted
  double lost_seconds = 0;      // computed twice, or waited for a worker to come back
  double critical_seconds = 0;  // of the longest chain: what no number of workers shortens
  uint64_t starts = 0;          // of stages, restarted ones included
  uint64_t preempted = 0;
  double read_bytes = 0, written_bytes = 0;
  // Workers that look at a stage and find that another has done it, or is doing it.
  double looks_at_done = 0, looks_at_held = 0;
  // Of the system, on files and folders of the store: of stages, touches and checkpoints, and of
  // these looks.
  double store_calls = 0;
};

SimulatedRun Simulate(const Plan& plan, const Cluster& cluster);

// What a scheduler is asked in a run that `dfkd run --engine slurm` watches from beginning to end.
// sacct: never. How often workers reach their time limit is taken from its expectation, as each
// start has the whole of it before itself.
struct SchedulerCalls {
  double sbatch = 0;           // one array: what is preempted or at its limit is put back
  double squeue_watching = 0;  // of who watches, at most
  double squeue_workers = 0;   // one by each start of a worker
  double scontrol = 0;         // each worker at its limit has itself put back
  double scancel = 0;          // whoever finds nothing left cancels those that wait
  double at_once = 0;  // squeue when the first workers start, scancel when the last ones end

  double All() const { return sbatch + squeue_watching + squeue_workers + scontrol + scancel; }
};
SchedulerCalls CallsOf(const Cluster& cluster, const SimulatedRun& run);

}  // namespace dfkd::perf
