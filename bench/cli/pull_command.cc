// dfkd pull: a worker that `dfkd submit` filed.
#include <csignal>
#include <memory>

#include "bench/cli/cluster.h"
#include "bench/cli/command.h"
#include "bench/cli/node_canary.h"
#include "bench/cli/sources_now.h"
#include "bench/cli/version.h"
#include "bench/engines/local_engine.h"
#include "bench/engines/slurm_pull.h"
#include "bench/engines/stop_requests.h"
#include "bench/stages/services.h"
#include "bench/store/stage_sources.h"

namespace dfkd::cli {
namespace {

constexpr std::chrono::seconds kBusyPause{2};

volatile std::sig_atomic_t pull_yields = 0, pull_ends = 0;

void HearSignals() {
  for (const int signal : {SIGUSR1, SIGUSR2}) Hear(signal, [](int) { pull_yields = 1; });
  for (const int signal : kEndSignals) Hear(signal, [](int) { pull_ends = 1; });
}

Asked WhatWasAsked() {
  return pull_ends ? Asked::kEnd : pull_yields ? Asked::kYield : Asked::kNothing;
}

// What keeps a worker from beginning ends its attempt, too.
LoadedPlan LoadOrEnd(const SlurmJobs& jobs, const WorkerSettings& settings, AttemptLog& log) try {
  CheckDeviceName(settings.device);
  return LoadPulled(jobs, settings);
} catch (const std::exception& e) {
  log.End(e.what());
  throw;
}

struct PullFlags {
  std::string folder, settings;
};

int Run(const PullFlags& flags) {
  const auto begun = AttemptLog::Clock::now();
  RequireStages();
  HearSignals();
  const SlurmJobs jobs(std::filesystem::absolute(flags.folder).lexically_normal());
  const auto settings = jobs.ReadSettings(flags.settings);
  const auto self = slurm::WhoAmI();
  AttemptLog log(jobs, self ? *self : slurm::ByHand(settings.threads), settings, begun);
  const auto loaded = LoadOrEnd(jobs, settings, log);
  Store store(loaded.store_folder);
  LocalEngine engine({{settings.device, settings.threads}});
  const RunOptions options{
      .data = loaded.data_folder,
      .limit_seconds = settings.limit_seconds,
      .ignore_gate = settings.ignore_gate,
      .facts = {{"version", Version()}, {"commit", Commit()}, {kSources, SourceHashes()}},
      .busy_pause = kBusyPause};
  const auto problem =
      settings.canary ? ProblemOfNode(engine, settings.store, log.self().node) : "";
  const auto end = problem.empty()
                       ? Pull(loaded.plan, store, engine, jobs, log, options, WhatWasAsked)
                       : EndOfWrongNode(log, problem);
  Conclude(end, jobs, log);
  return end.code;
}

}  // namespace

void AddPull(Program& program) {
  auto& verb = program.AddVerb("pull", "Compute stages of a plan as one of many workers");
  const auto flags = std::make_shared<PullFlags>();
  verb.Add("folder", &flags->folder, "that `dfkd submit` made in the store")
      .Required()
      .Takes("DIR");
  verb.Add("--settings", &flags->settings,
           "the file in it that says how to compute (default: the one of the latest `dfkd submit`)")
      .Takes("NAME");
  verb.Footer(
      "Claims ready stages of the shared store until nothing is left. Filed by `dfkd submit`; runs "
      "outside of Slurm, too.\n"
      "USR1, USR2: write a checkpoint, be started anew. TERM, INT, HUP: write one and end.\n"
      "Exit code: 0 nothing was left to do, 75 its time was up or it was told to go, 1 the node\n"
      "is no good or it came no further, 2 usage, or nothing can be written.");
  verb.Runs([flags] { return Run(*flags); });
}

}  // namespace dfkd::cli
