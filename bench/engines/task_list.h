// A plan as tasks for another runner: HyperQueue, Snakemake, Nextflow, a loop in a shell. Each is
// one command, `dfkd stage-run KEY`; whoever drives, the store decides what is done.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "bench/matrix/gate.h"
#include "bench/matrix/plan.h"
#include "bench/store/history.h"
#include "bench/store/stage.h"

namespace dfkd {

struct TaskSettings {
  std::filesystem::path store, data;  // absolute: tasks run elsewhere
  double limit_seconds = 0;           // of one stage; 0 = none
  bool ignore_gate = false;
  // What a task takes: in the command of each but in tsv, which has none, and told to runners that
  // give it (hq all of it; snakemake and nextflow not memory and time).
  std::string device = "cpu";  // or cuda: one GPU
  int threads = 1;
  int64_t memory_bytes = 0;          // 0: not asked for
  const History* history = nullptr;  // of how long stages take; null: not asked for
};

struct Task {
  StageRequest request;
  std::optional<GateRefs> gate;  // not run unless it passes
};

// "tsv", "hq", "snakemake", "nextflow".
std::vector<std::string> TaskFormats();

// Writes the tasks of `needed` (in plan order) below `folder`, a file each, and the list of them in
// `format`: which needs which, and what each takes. Returns the file of the list. What else
// is in the folder stays.
std::filesystem::path WriteTasks(const Plan& plan, const std::vector<StageId>& needed,
                                 const TaskSettings& settings, const std::string& format,
                                 const std::filesystem::path& folder);

// Throws Error if the folder has no such task. The ref is computed anew from the description.
Task ReadTask(const std::filesystem::path& folder, const std::string& key);

}  // namespace dfkd
