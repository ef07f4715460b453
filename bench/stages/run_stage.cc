// Takes the lease, dispatches by kind, publishes. With main, the only place where an exception
// ends; hooks of plugins give theirs a name on the way (hook.h).
#include <map>

#include "bench/core/log.h"
#include "bench/nn/freed_memory.h"
#include "bench/stages/hook.h"
#include "bench/stages/services.h"
#include "bench/stages/stage_run.h"
#include "bench/store/stage_sources.h"
#include "bench/store/waste.h"

namespace dfkd {
namespace {

using Runner = bool (*)(StageRun&);

Runner RunnerOf(const std::string& kind) {
  static const std::map<std::string, Runner> runners = {
      {"craft", RunCraft},         {"teacher", RunTeacher},
      {"sanitize", RunSanitize},   {"transfer_set", RunTransferSet},
      {"synthesis", RunSynthesis}, {"distill", RunDistill},
      {"samples", RunSamples},     {"repair", RunRepair},
      {"evaluate", RunEvaluate},   {"import", RunImport},
      {"detect", RunDetect},       {"poison_transfer", RunPoisonTransfer}};
  const auto found = runners.find(kind);
  if (found == runners.end()) throw MakeError("stage kind '{}' is unknown", kind);
  return found->second;
}

void Publish(const StageRun& run) {
  const auto& request = run.request();
  const auto spent = run.spent();
  const Json cost = {{"label", request.label},
                     {"wall_seconds", spent.wall_seconds},
                     {"cpu_seconds", spent.cpu_seconds},
                     {"peak_bytes", spent.peak_bytes},
                     {"device", request.device}};
  auto facts = request.facts;
  facts[kSources] = run.sources();
  facts["device"] = request.device;
  facts["wall_seconds"] = cost.at("wall_seconds");
  facts["cpu_seconds"] = cost.at("cpu_seconds");
  facts["peak_bytes"] = cost.at("peak_bytes");
  facts["costs"] = run.CostsBefore();
  facts["costs"][request.stage.ref] = cost;
  if (!run.started_from().empty()) facts["started_from"] = run.started_from();
  run.store().Publish({.ref = request.stage.ref,
                       .description = run.description(),
                       .staged = run.out(),
                       .numerics = NumericsFacts(run.device()),
                       .facts = facts,
                       .label = request.label});
}

// From whoever removes what nobody needs.
void ReserveReads(const WorkFolder& work, const StageRequest& request) {
  auto refs = InputsOf(request.stage.description());
  refs.insert(refs.end(), request.starts.begin(), request.starts.end());
  Reserve(work, refs);
}

// False: interrupted.
bool Compute(StageRun& run) {
  try {
    if (RunnerOf(run.request().stage.kind)(run)) return true;
  } catch (const Interrupted&) {  // of stages that keep no checkpoint
    if (!run.over_limit()) throw;
  }
  if (!run.over_limit()) return false;
  throw MakeError(FailureClass::kTimeout, "stopped at the limit of {} s",
                  run.request().limit_seconds);
}

StageOutcome RunLeased(const StageRequest& request, Store& store, DataCache& data,
                       const WorkFolder& work,
                       const std::function<void(const StageProgress&)>& report,
                       const std::function<bool()>& stop) {
  ReserveReads(work, request);
  StageRun run(request, store, work, data, report, stop);
  ConfigureNumerics(run.profile(), request.threads);
  const KeepFreedMemory keep(run.device());
  try {
    if (!Compute(run)) return {.status = StageStatus::kInterrupted};
  } catch (const Error& e) {
    if (!run.LoadsCheckpoint() || e.failure() != FailureClass::kError) throw;
    spdlog::warn("{}: its checkpoint is of no use, it starts over: {}", request.label, e.what());
    work.DropCheckpoint(kCheckpoint);
    return RunLeased(request, store, data, work, report, stop);  // without one: not for ever
  }
  Publish(run);
  return {.status = StageStatus::kDone, .seconds = run.attempt_seconds()};
}

// Whoever slept for so long that another took over leaves the stage to that one, however far it
// has come: its files may have been swept away, and that is nobody's failure.
StageOutcome RunHeld(const StageRequest& request, Store& store, DataCache& data,
                     const WorkFolder& work, const Lease& lease,
                     const std::function<void(const StageProgress&)>& report,
                     const std::function<bool()>& stop) try {
  const auto must_stop = [&] { return stop() || !lease.Held(); };
  WorkNotes notes(work, request.label);
  const auto tell = [&](const StageProgress& progress) {
    notes.Tell(progress.done, progress.total);
    report(progress);
  };
  const auto outcome = RunLeased(request, store, data, work, tell, must_stop);
  const bool done = outcome.status == StageStatus::kDone;
  return done || lease.Held() ? outcome : StageOutcome{.status = StageStatus::kBusy};
} catch (const std::exception&) {
  if (lease.Held()) throw;
  return {.status = StageStatus::kBusy};
}

StageOutcome RunOne(const StageRequest& request, Store& store, DataCache& data,
                    const std::function<void(const StageProgress&)>& report,
                    const std::function<bool()>& stop) {
  if (store.Has(request.stage.ref)) return {.status = StageStatus::kDone};
  const WorkFolder work(store.root(), request.stage.key());
  auto lease = TryAcquire(work);
  if (!lease) return {.status = StageStatus::kBusy};
  auto outcome = StageOutcome{.status = StageStatus::kDone};
  if (!store.HasByNow(request.stage.ref)) {  // else finished a moment ago
    outcome = RunHeld(request, store, data, work, *lease, report, stop);
  }
  if (outcome.status == StageStatus::kDone) lease->RemoveWork();
  return outcome;
}

StageOutcome Failed(FailureClass failure, const std::string& message) {
  return {.status = StageStatus::kFailed, .failure = failure, .message = message};
}

}  // namespace

void StartServices() {}

void RequireStages() {}

RunStageFunction StageRunner() {
  Hook::NameInCrashes();
  auto data = std::make_shared<DataCache>();
  auto stores = std::make_shared<std::map<std::string, std::unique_ptr<Store>>>();
  return [data, stores](const StageRequest& request,
                        const std::function<void(const StageProgress&)>& report,
                        const std::function<bool()>& stop) -> StageOutcome {
    try {
      auto& store = (*stores)[request.store];
      if (!store) store = std::make_unique<Store>(request.store);
      return RunOne(request, *store, *data, report, stop);
    } catch (const std::exception& e) {
      data->Forget();
      const auto failure = FailureOf(e);
      if (failure == FailureClass::kLost && stop()) return {.status = StageStatus::kInterrupted};
      return Failed(failure, MessageOf(e));
    }
  };
}

void CheckDeviceName(const std::string& name) { DeviceFrom(name); }

Json DescribeMachine() {
  return {{"numerics", NumericsFacts(at::kCPU)}, {"devices", AvailableDevices()}};
}

}  // namespace dfkd
