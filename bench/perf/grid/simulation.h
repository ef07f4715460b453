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
};

struct SimulatedRun {
  double seconds = 0;           // from the first start to the last end
  double work_seconds = 0;      // of all stages, as if none was interrupted
  double lost_seconds = 0;      // computed twice, or waited for a worker to come back
  double critical_seconds = 0;  // of the longest chain: what no number of workers shortens
  uint64_t starts = 0;          // of stages, restarted ones included
  double read_bytes = 0, written_bytes = 0;
  // Names looked up, made, renamed or touched in the store: what its metadata server is asked.
  double store_calls = 0;
};

SimulatedRun Simulate(const Plan& plan, const Cluster& cluster);

}  // namespace dfkd::perf
