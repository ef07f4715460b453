// dfkd submit: workers for what a matrix still needs, filed with Slurm.
#include <cstdio>
#include <memory>
#include <string>

#include "bench/cli/cluster.h"
#include "bench/cli/command.h"
#include "bench/engines/slurm_attempts.h"
#include "bench/engines/slurm_canary.h"
#include "bench/engines/slurm_workers.h"

namespace dfkd::cli {
namespace {

struct SubmitFlags {
  MatrixFlags matrix;
  EngineFlags engine;
  bool missing = false, dry_run = false;
  int canary_minutes = 0;  // 0: none is sent
};

// Those that need not be filed; without --missing all are.
EarlierWorkers LookIfMissing(const SubmitFlags& flags, const SlurmJobs& jobs) {
  if (!flags.missing) return {};
  auto there = LookAtEarlier(jobs);
  if (!there.answered)
    fmt::print(
        stderr,
        "the scheduler does not answer, or knows nothing of what was just filed; nothing is taken "
        "for lost\n");
  return there;
}

// Workers would be started, look, and end.
void RequireBudget(const SlurmJobs& jobs, const std::string& budget) {
  if (IsSpent(budget, ReadAttempts(jobs))) throw Error(SpentText(budget));
}

void ProveNodes(const SubmitFlags& flags, const SlurmJobs& jobs, const SlurmRunOptions& options) {
  if (flags.canary_minutes == 0) return;
  const auto& settings = options.settings;
  SendCanaries(
      jobs, options.site, settings,
      {options.command.front(), "doctor", "--store", settings.store, "--device", settings.device},
      std::chrono::minutes(flags.canary_minutes),
      [](const std::string& line) { fmt::print(stderr, "{}\n", line); });
}

int Run(const SubmitFlags& flags) {
  const auto loaded = LoadPlan(flags.matrix, KindsOf(flags.engine.devices));
  auto options = OptionsForSlurm(loaded, flags.engine);
  options.settings.canary = flags.canary_minutes > 0;
  Store store(loaded.store_folder);
  const SlurmJobs jobs(store.root(), loaded.plan, flags.engine.ignore_gate);
  if (!flags.dry_run) PrepareForWorkers(loaded, store, flags.engine);
  const auto board = ReadBoard(loaded.plan, store, flags.engine.ignore_gate);
  auto there = LookIfMissing(flags, jobs);
  const auto open = CountOpen(loaded.plan, board, jobs.Outstanding());
  if (flags.dry_run) {
    const int tasks = WorkersToFile(open, there.alive, options.site);
    if (tasks > 0)
      fmt::print("{}", jobs.Script(options.site, options.settings, options.command, tasks, {},
                                   SlurmJobs::NameOf(options.settings)));
    return 0;
  }
  const bool missing = WorkersToFile(open, there.alive, options.site) > 0;
  if (missing) {
    RequireBudget(jobs, options.settings.budget);
    ProveNodes(flags, jobs, options);
  }
  // Others may have filed meanwhile. What is missing only now has not been proved: next time.
  const auto look = [&] { return there = LookIfMissing(flags, jobs); };
  const auto filed = missing ? FileMissing(loaded.plan, board, jobs, look, options) : std::nullopt;
  if (!filed) {
    fmt::print(stderr, "{} stages are open, {} workers are there: nothing is filed\n", open,
               there.alive);
    return 0;
  }
  fmt::print(stderr, "{} stages are open: filed {} workers, {} at a time; their logs: {}\n", open,
             filed->tasks, options.site.workers, (jobs.folder() / "logs").string());
  fmt::print("{}\n", filed->job);
  return 0;
}

}  // namespace

void AddSubmit(Program& program) {
  auto& verb = program.AddVerb("submit", "File Slurm jobs for what a matrix still needs");
  const auto flags = std::make_shared<SubmitFlags>();
  AddMatrixFlags(verb, flags->matrix);
  AddDeviceFlags(verb, flags->engine);
  AddSiteFlags(verb, flags->engine);
  AddRemoteFlags(verb, flags->engine.remotes);
  verb.Add("--missing", &flags->missing, "file only as many workers as are not there already");
  verb.Add("--canary", &flags->canary_minutes,
           "first send a small job to each partition, which tries store, program and device there; "
           "wait so many minutes for all to end well, else file nothing; each worker then first "
           "compares "
           "what its node computes with what the others did")
      .Between(1, 10000)
      .Takes("MINUTES");
  verb.Add("--dry-run", &flags->dry_run, "print what would be filed, and do nothing");
  verb.Add("--retry-failed", &flags->engine.retry_failed, "forget what failed in earlier runs");
  verb.Add("--ignore-gate", &flags->engine.ignore_gate, "run cells whose attack failed");
  verb.Footer(
      "Prints the id of the job and returns. Its tasks are workers that claim stages of the store\n"
      "(docs/cluster.md); `dfkd status` shows them, `dfkd score` writes the scores when they are "
      "done.\n"
      "Exit code: 0 filed, or nothing was missing; 2 usage or data, a canary died, a budget is\n"
      "spent, or Slurm did not take it.\n"
      "Examples:\n"
      "  dfkd submit abd_cifar10 --device cuda --store /shared/store\n"
      "  dfkd submit abd_cifar10 --device cuda --store /shared/store --missing   # any time later\n"
      "  dfkd submit abd_cifar10 --device cuda --store /shared/store --canary 30");
  verb.Runs([flags] { return Run(*flags); });
}

}  // namespace dfkd::cli
