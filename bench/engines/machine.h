// What this machine has for stages, as far as it can be known without LibTorch.
#pragma once
#include <string>
#include <vector>

#include "bench/engines/engine.h"

namespace dfkd {

// How many cores this process may use: of those that the system has, those it is bound to (Slurm,
// taskset), and no more than its control group grants (docker --cpus). At least 1.
int AllowedCores();

// How many stages run at a time if nobody says: on the CPU as many as fit into the allowed cores;
// one on a GPU, whose memory stages do not share well; with several devices one each.
int DefaultJobs(const std::vector<std::string>& devices, int threads);

// The kind of machine that stages in these slots meet: what decides whether one fits into memory or
// into its time. Equal for the nodes of a cluster that are alike.
std::string KindOfMachine(const std::vector<Slot>& slots);

}  // namespace dfkd
