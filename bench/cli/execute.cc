#include "bench/cli/execute.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>

#include "bench/cli/cluster.h"
#include "bench/cli/other_threads.h"
#include "bench/cli/sources_now.h"
#include "bench/cli/version.h"
#include "bench/core/log.h"
#include "bench/core/printable.h"
#include "bench/core/terminal.h"
#include "bench/engines/inline_engine.h"
#include "bench/engines/local_engine.h"
#include "bench/engines/machine.h"
#include "bench/engines/progress.h"
#include "bench/engines/stop_requests.h"
#include "bench/matrix/read_teacher_file.h"
#include "bench/stages/services.h"
#include "bench/store/stage_sources.h"

namespace dfkd::cli {
namespace {

constexpr int kMostRepairs = 3;  // a disk that keeps damaging files

StopRequests stop_requests;

// Counts Ctrl-C and its like while it lives.
class SignalWatch {
 public:
  SignalWatch() {
    for (size_t i = 0; i < kEndSignals.size(); ++i)
      before_[i] = Hear(kEndSignals[i], [](int) { stop_requests.Hear(); });
  }
  ~SignalWatch() {
    for (size_t i = 0; i < kEndSignals.size(); ++i)
      ::sigaction(kEndSignals[i], &before_[i], nullptr);
  }

 private:
  std::array<struct sigaction, kEndSignals.size()> before_{};
};

std::vector<Slot> SlotsFor(const EngineFlags& flags) {
  const int jobs = flags.jobs > 0 ? flags.jobs : DefaultJobs(flags.devices, flags.threads);
  return MakeSlots(flags.devices, jobs, flags.threads);
}

std::unique_ptr<Engine> MakeEngine(const EngineFlags& flags) {
  for (const auto& device : flags.devices) CheckDeviceName(device);
  auto slots = SlotsFor(flags);
  if (flags.engine == "inline") {
    return std::make_unique<InlineEngine>(StageRunner(), slots.front());
  }
  return std::make_unique<LocalEngine>(std::move(slots));
}

RunOptions OptionsFrom(const EngineFlags& flags, const LoadedPlan& loaded) {
  return {.data = loaded.data_folder,
          .limit_seconds = loaded.matrix.stage_seconds,
          .fail_fast = flags.fail_fast,
          .retry_failed = flags.retry_failed,
          .ignore_gate = flags.ignore_gate,
          .facts = {{"version", Version()}, {"commit", Commit()}, {kSources, SourceHashes()}},
          .stop_requests = [] { return stop_requests.count(); }};
}

RunReport ExecuteOnSlurm(const LoadedPlan& loaded, Store& store, const EngineFlags& flags) {
  auto options = OptionsForSlurm(loaded, flags);
  PrepareForWorkers(loaded, store, flags);
  const SignalWatch watch;
  options.stop_requests = [] { return stop_requests.count(); };
  ProgressPrinter printer(stderr, MayRedraw(stderr), static_cast<size_t>(options.site.workers));
  const SlurmJobs jobs(store.root(), loaded.plan, flags.ignore_gate);
  return RunOnSlurm(loaded.plan, store, jobs, options, printer);
}

// That nobody can read it (any more) changes nothing of a run; fmt::print would throw.
void TellPeople(const std::string& text) { std::fputs(text.c_str(), stderr); }

// A title names plugins; which entry of a sweep it was, its cells say.
std::string WantedBy(const Plan& plan, const PlannedStage& planned) {
  if (planned.cells.empty()) return "";
  const size_t others = planned.cells.size() - 1;
  return fmt::format("of cell {}{}\n  ", plan.cells.at(planned.cells.front()).id,
                     others > 0 ? fmt::format(" and {} more", others) : "");
}

}  // namespace

void AddDeviceFlags(Verb& verb, EngineFlags& flags) {
  verb.Add("--threads", &flags.threads, "of one stage; results are bound to it")
      .Between(1, 1024)
      .ShowsDefault();
  verb.Add("--device", &flags.devices, "cpu or cuda[:i]; a list gives a slot each")
      .SplitsAtCommas()
      .Takes("DEVICE")
      .ShowsDefault();
}

void AddEngineFlag(Verb& verb, EngineFlags& flags, std::vector<std::string> engines) {
  const bool slurm = std::count(engines.begin(), engines.end(), "slurm") > 0;
  const std::string help = "local: worker processes; inline: this process";
  verb.Add("--engine", &flags.engine, help + (slurm ? "; slurm: workers on a cluster" : ""))
      .OneOf(std::move(engines))
      .ShowsDefault();
}

void KeepInputs(const LoadedPlan& loaded, const Store& store, const EngineFlags& flags) {
  // What a remote has of it is known later.
  if (flags.remotes.addresses.empty()) RequireTeacherFile(loaded.matrix, loaded.plan, store);
  KeepTeacherFile(loaded.matrix, store.root());
  KeepUserInputs(loaded.files, loaded.data, store.root());
  TellChangedSources(loaded.plan, store);
  const auto others = OtherThreads(loaded.plan, store, flags.threads);
  if (!others.empty()) spdlog::warn("{}", others);
}

RunReport Execute(const LoadedPlan& loaded, Store& store, const EngineFlags& flags) {
  if (flags.engine == "slurm") return ExecuteOnSlurm(loaded, store, flags);
  if (!flags.site.empty() || !flags.budget.empty())
    throw MakeError("--site and --budget are of --engine slurm, not of {}", flags.engine);
  KeepInputs(loaded, store, flags);
  const SignalWatch watch;
  const auto source = MakeSource(store, flags.remotes);
  const auto engine = MakeEngine(flags);
  ProgressPrinter printer(stderr, MayRedraw(stderr), engine->slots().size());
  auto options = OptionsFrom(flags, loaded);
  options.source = source.get();
  return RunPlan(loaded.plan, store, *engine, options, printer);
}

void ReadOrRepair(const LoadedPlan& loaded, Store& store, const EngineFlags& flags,
                  RunReport& report, const std::function<void()>& read) {
  for (int left = kMostRepairs;; --left) {
    try {
      return read();
    } catch (const Error& e) {
      const bool runs = !report.interrupted && report.halted.empty();
      if (e.failure() != FailureClass::kIo || !runs || left == 0) throw;
      if (DiscardDamaged(loaded.plan, store) == 0) throw;
      TellPeople(fmt::format("{}; computed again\n", PrintableLines(e.what())));
    }
    report = Execute(loaded, store, flags);
  }
}

void TellFailures(const Plan& plan, const RunReport& report) {
  for (StageId id = 0; id < plan.stages.size(); ++id) {
    const auto& view = report.board.at(id);
    if (view.state != StageState::kFailed) continue;
    const auto& planned = plan.At(id);
    TellPeople(fmt::format("failed ({}): {}: {}\n  {}more: dfkd stage {}\n", Name(view.failure),
                           planned.title, PrintableLines(view.why), WantedBy(plan, planned),
                           planned.stage.key().substr(0, 12)));
  }
}

}  // namespace dfkd::cli
