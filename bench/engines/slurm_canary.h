// Before many workers are filed: a small job on each kind of node shows that they would find there
// what they need. Before a worker begins: its node computes what the others did.
#pragma once
#include <chrono>
#include <filesystem>
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

// What a node computed of a small stage that all of them know.
struct CanaryBits {
  std::string node;
  std::string key;  // of the stage
  Json numerics;    // those of its manifest: under equal ones all nodes must compute the same
  std::string digest;
};

// Writes it down for the others, below the root of a store: canary/<class>/, a class for each key
// and numerics; a node has one file there. Then "", or why the node is not to be believed, one
// line: more nodes agree on another digest, or as many, and their first came earlier. A GPU that
// promises no equal bits (Store::Publish) is believed unheard. Throws Error (io). Safe from many
// processes at once.
std::string CompareCanary(const std::filesystem::path& root, const CanaryBits& bits);

}  // namespace dfkd
