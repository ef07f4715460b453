// What lies in a store about the workers of a plan: <store>/jobs/<id>/, id by the plan's content.
//   settings-<hash>.json   how the workers of an array compute, named in its script
//   settings.json   the latest of them: its budget is that of the plan
//   name            what the jobs are called; outstanding.json, see WriteOutstanding
//   scripts/        what was filed; arrays/ which arrays that made
//   attempts/       a file for each start of a worker, written by that worker alone
//   logs/           what workers wrote
//   work/           the lease of whoever files (Turn)
// Everything here may be deleted while no worker runs; results are elsewhere.
//
// Errors: class io, one line, with the path.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "bench/core/json.h"
#include "bench/engines/slurm_site.h"
#include "bench/matrix/plan.h"
#include "bench/store/work.h"

namespace dfkd {

// So many hours of GPUs, or of processors, that all attempts at a plan may take together.
struct Budget {
  double hours = 0;
  bool of_gpus = true;
};
// "20gpuh", "300cpuh". Throws Error.
Budget ParseBudget(const std::string& text);

struct WorkerSettings {
  Json plan;  // what the program makes the plan from
  std::string store, data;
  std::string device = "cpu";
  int threads = 1;
  double limit_seconds = 0;  // of one stage; 0 = none
  bool ignore_gate = false;
  std::string budget;   // "": none
  std::string exclude;  // nodes that the site never uses, separated by commas
  int lead_seconds = 120;
  double idle_seconds = 600;  // a worker with nothing to do for so long ends
  // Whether a worker first compares what its node computes with what others did (slurm_canary.h).
  bool canary = false;

  Json ToJson() const;
  static WorkerSettings FromJson(const Json& json);
};

// A job that is no worker (slurm_canary.h): its name, where it runs ("": where the scheduler
// likes), the file that it was read from, and where it writes.
struct CanaryJob {
  std::string name, partition, script, log;
};
// Its script: it asks for what a worker asks for, and becomes `command` if its own file is seen.
std::string CanaryScript(const SlurmSite& site, const WorkerSettings& settings,
                         const CanaryJob& job, const std::vector<std::string>& command);

// An array of workers that was filed.
struct FiledArray {
  std::string job;
  int tasks = 0;
};

class SlurmJobs {
 public:
  // Nothing is created yet.
  SlurmJobs(const std::filesystem::path& store, const Plan& plan, bool ignore_gate);
  // Of a folder that exists already.
  explicit SlurmJobs(std::filesystem::path folder);

  const std::filesystem::path& folder() const { return folder_; }
  // What its jobs are called: in no other store the same, also where that plans the same work.
  std::string name() const;
  bool Exists() const;

  // Returns the name of the file that workers are to be given; equal settings have the same. What
  // was written before stays for those that were filed with it.
  std::string WriteSettings(const WorkerSettings& settings) const;
  // That name, without writing anything.
  static std::string NameOf(const WorkerSettings& settings);
  // Those of this name, the latest without one, as programs filed before arrays had their own. The
  // budget is always the latest. Throws Error if nothing was filed.
  WorkerSettings ReadSettings(const std::string& name = "") const;

  // Refs of stages that were to be fetched and did not come, although somebody has them
  // (ArtifactSource::Outstanding): workers compute those that are still missing, even if all that
  // was made from them is there.
  void WriteOutstanding(const std::vector<std::string>& refs) const;
  std::vector<std::string> Outstanding() const;

  // The script of an array of `tasks` workers, each of which is `command` with the folder, and with
  // `--settings` if there is a name of theirs; nodes in `avoid` and those that the site excludes
  // are excluded.
  std::string Script(const SlurmSite& site, const WorkerSettings& settings,
                     const std::vector<std::string>& command, int tasks,
                     const std::vector<std::string>& avoid,
                     const std::string& settings_name = "") const;
  // Until it is destroyed nobody else, on whatever host, has a turn to look who is there and to
  // file what is missing: two that look at once would both file all. Waits for whoever has it, a
  // minute for one that died elsewhere.
  Lease Turn() const;

  // Files it and remembers the array. Throws what slurm::File does.
  FiledArray File(const std::string& script, int tasks) const;
  // Oldest first. An array that was filed by somebody who died before it was written down is
  // missing; the scheduler knows it by its name.
  std::vector<FiledArray> Arrays() const;
  // Since the latest array was written down, by the clock of the file system; nullopt: none was.
  std::optional<double> SecondsSinceFiling() const;

 private:
  std::filesystem::path folder_;
};

}  // namespace dfkd
