// What the workers of a plan wrote down of themselves: a file for each start, before anything else.
// From these come the accounts, and which nodes are not to be trusted.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bench/core/error.h"
#include "bench/core/json.h"
#include "bench/engines/slurm_jobs.h"
#include "bench/store/failures.h"
#include "bench/store/lease_record.h"

namespace dfkd {

// A stage that failed in an attempt, as a node does that to stages: crash, memory, io, lost.
struct FailedStage {
  std::string key;
  FailureClass failure = FailureClass::kCrash;
  double seconds = 0;
  std::string label = "";  // of stages that are alike; "" in what older programs wrote
};

struct Attempt {
  std::string task;  // "17_3"
  std::string node;
  std::string machine;  // of what kind it is (machine.h); "" in what older programs wrote
  int restarts = 0;
  int gpus = 0, cpus = 1;
  // In the scheduler's queue before this start; nullopt where nobody says.
  std::optional<double> waited_seconds = std::nullopt;
  // The most resident memory of one of its processes; 0 in what older programs wrote.
  int64_t peak_bytes = 0;
  store::LeaseRecord process;  // who wrote it
  std::string begun;           // "2024-05-31T12:00:00Z"
  double seconds = 0;          // until it was last written
  int stages = 0;              // done
  std::vector<FailedStage> failed;
  std::string ended;  // why; "": it runs, or was killed
  // Why what its node computes is not to be believed (slurm_canary.h); "": nobody says so.
  std::string canary = "";
  // Filled in by ReadAttempts: since it was last written, by the clock of the file system.
  double age_seconds = 0;

  // A dead process of this host has ended whatever its record says; elsewhere it is thought to live
  // for three minutes from when it last wrote.
  bool SeemsAlive() const;
};

// How often a worker must write.
inline constexpr double kBeatSeconds = 60;

// Writes or replaces it. `name` tells attempts apart.
void WriteAttempt(const SlurmJobs& jobs, const std::string& name, const Attempt& attempt);
// By their beginnings; what cannot be read is left out.
std::vector<Attempt> ReadAttempts(const SlurmJobs& jobs);
// Where those compute that seem alive.
std::vector<Place> PlacesOf(const std::vector<Attempt>& attempts);

struct Account {
  double gpu_hours = 0, cpu_hours = 0;
  int attempts = 0, restarts = 0;
  std::optional<double> median_wait = std::nullopt;  // seconds, of those that know theirs
  int64_t peak_bytes = 0;                            // of the attempt with the most; 0: unknown
};
Account AccountOf(const std::vector<Attempt>& attempts);
// Whether they took what they may ("20gpuh", WorkerSettings::budget). "" is never spent.
bool IsSpent(const std::string& budget, const std::vector<Attempt>& attempts);
// "the budget of 20gpuh is spent; …"
std::string SpentText(const std::string& budget);

// Nodes on which stages of three labels failed in less than a minute each since one last ended well
// there. Many stages of one label may fail of one method; a label that failed so on another node as
// well is held against neither. And those that a canary speaks against, whatever ended well there.
std::set<std::string> BadNodes(const std::vector<Attempt>& attempts);

}  // namespace dfkd
