// Takes the lease, dispatches by kind, publishes. With main, the only place where an exception
// ends; hooks of plugins give theirs a name on the way (hook.h).
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <map>

#include "bench/core/log.h"
#include "bench/stages/hook.h"
#include "bench/stages/services.h"
#include "bench/stages/stage_run.h"
#include "bench/store/stage_sources.h"

namespace dfkd {
namespace {

using Runner = bool (*)(StageRun&);

Runner RunnerOf(const std::string& kind) {
  static const std::map<std::string, Runner> runners = {
      {"craft", RunCraft},         {"teacher", RunTeacher},
      {"sanitize", RunSanitize},   {"transfer_set", RunTransferSet},
      {"synthesis", RunSynthesis}, {"distill", RunDistill},
      {"samples", RunSamples},     {"repair", RunRepair},
      {"evaluate", RunEvaluate},   {"import", RunImport}};
  const auto found = runners.find(kind);
  if (found == runners.end()) throw MakeError("stage kind '{}' is unknown", kind);
  return found->second;
}

// What the stages on the way here cost, by ref: inputs, and the state that was continued, with all
// before them.
Json CostsBefore(const StageRun& run) {
  Json costs = Json::object();
  auto refs = run.request().stage.Inputs();
  if (!run.started_from().empty()) refs.push_back(run.started_from());
  for (const auto& ref : refs) {
    if (const auto artifact = run.store().Find(ref)) {
      costs.update(artifact->manifest.at("facts").value("costs", Json::object()));
    }
  }
  return costs;
}

// The highest resident memory since ResetPeak, not since the worker started: VmHWM of
// /proc/self/status.
int64_t PeakBytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6)) * 1024;
  }
  return 0;
}

void ResetPeak() { std::ofstream("/proc/self/clear_refs") << 5; }

class Meter {
 public:
  Json Cost(const std::string& label) const {
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - started_;
    return {{"label", label},
            {"wall_seconds", wall.count()},
            {"cpu_seconds", Cpu() - cpu_},
            {"peak_bytes", PeakBytes()}};
  }

 private:
  static double Cpu() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  const double cpu_ = Cpu();
};

void Publish(const StageRun& run, const Meter& meter) {
  const auto& request = run.request();
  auto cost = meter.Cost(request.label);
  cost["wall_seconds"] = cost.at("wall_seconds").get<double>() + run.seconds_before();
  cost["device"] = request.device;
  auto facts = request.facts;
  facts[kSources] = run.sources();
  facts["device"] = request.device;
  facts["wall_seconds"] = cost.at("wall_seconds");
  facts["cpu_seconds"] = cost.at("cpu_seconds");
  facts["peak_bytes"] = cost.at("peak_bytes");
  facts["costs"] = CostsBefore(run);
  facts["costs"][request.stage.ref] = cost;
  if (!run.started_from().empty()) facts["started_from"] = run.started_from();
  run.store().Publish({.ref = request.stage.ref,
                       .description = request.stage.description,
                       .staged = run.out(),
                       .numerics = NumericsFacts(run.device()),
                       .facts = facts,
                       .label = request.label});
}

StageOutcome RunLeased(const StageRequest& request, Store& store, DataCache& data,
                       const WorkFolder& work,
                       const std::function<void(const StageProgress&)>& report,
                       const std::function<bool()>& stop) {
  ResetPeak();
  const Meter meter;
  StageRun run(request, store, work, data, report, stop);
  ConfigureNumerics(run.profile(), request.threads);
  if (!RunnerOf(request.stage.kind)(run)) return {.status = StageStatus::kInterrupted};
  Publish(run, meter);
  return {.status = StageStatus::kDone, .seconds = meter.Cost("").at("wall_seconds")};
}

StageOutcome RunOne(const StageRequest& request, Store& store, DataCache& data,
                    const std::function<void(const StageProgress&)>& report,
                    const std::function<bool()>& stop) {
  if (store.Has(request.stage.ref)) return {.status = StageStatus::kDone};
  const WorkFolder work(store.root(), request.stage.key());
  const auto lease = TryAcquire(work);
  if (!lease) return {.status = StageStatus::kBusy};
  if (store.Has(request.stage.ref)) return {.status = StageStatus::kDone};  // finished a moment ago
  auto outcome = RunLeased(request, store, data, work, report, stop);
  if (outcome.status == StageStatus::kDone) work.Remove();
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
