// dfkd doctor: what this machine has, what is missing, and how to get it.
#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <system_error>

#include "bench/cli/command.h"
#include "bench/cli/node_canary.h"
#include "bench/cli/size.h"
#include "bench/cli/version.h"
#include "bench/core/image.h"
#include "bench/core/printable.h"
#include "bench/core/registry.h"
#include "bench/engines/inline_engine.h"
#include "bench/engines/machine.h"
#include "bench/io/data_folder.h"
#include "bench/stages/services.h"
#include "bench/store/disk.h"
#include "bench/store/meeting.h"
#include "bench/store/probe.h"

namespace dfkd::cli {
namespace {

struct DoctorFlags {
  std::string data, store, device;
  int meet_seconds = 0;  // 0: nobody is met
  bool json = false;
};

// What keeps a stage from being computed on the device; "" if nothing does. In a folder of the
// store, which is removed.
std::string ProblemOfStage(const DoctorFlags& flags) try {
  const auto folder = std::filesystem::path(flags.store) / (".new-" + store::NewToken());
  InlineEngine engine(StageRunner(), {flags.device, 1});
  const auto outcome = ComputeToyTeacher(engine, folder).outcome;
  store::RemoveTree(folder, flags.store);
  if (outcome.status == StageStatus::kDone) return "";
  return fmt::format("a stage on {}: {}", flags.device, outcome.message);
} catch (const Error& e) {
  return fmt::format("a stage on {}: {}", flags.device, e.what());
}

StoreProbe Examined(const DoctorFlags& flags) {
  if (!flags.device.empty()) RequireStages(), CheckDeviceName(flags.device);
  auto probe = ProbeStore(flags.store);
  if (flags.device.empty()) return probe;
  const auto problem = ProblemOfStage(flags);
  if (!problem.empty()) probe.problems.push_back(problem);
  return probe;
}

std::optional<StoreMeeting> Met(const DoctorFlags& flags, StoreProbe& probe) {
  if (flags.meet_seconds == 0) return std::nullopt;
  auto met = MeetAtStore(flags.store, probe.skew_seconds, std::chrono::seconds(flags.meet_seconds));
  probe.problems.insert(probe.problems.end(), met.problems.begin(), met.problems.end());
  return met;
}

Json ProbeJson(const StoreProbe& probe, const std::optional<StoreMeeting>& met) {
  Json json = {{"problems", probe.problems},
               {"clock_skew_seconds", probe.skew_seconds},
               {"visible_after_seconds", probe.visible_seconds},
               {"free_bytes", probe.free_bytes}};
  const auto known = [](const auto& number) { return number ? Json(*number) : Json(); };
  json["free_files"] = known(probe.free_files);
  json["quota_bytes"] = known(probe.quota_bytes);
  json["quota_files"] = known(probe.quota_files);
  if (!met) return json;
  json["other"] = {{"host", met->host},
                   {"clock_skew_seconds", met->skew_seconds},
                   {"made_seen_seconds", met->made_seconds},
                   {"renamed_seen_seconds", met->renamed_seconds},
                   {"removed_seen_seconds", met->removed_seconds}};
  return json;
}

void PrintProbe(const std::string& store, const StoreProbe& probe,
                const std::optional<StoreMeeting>& met) {
  std::cout << fmt::format("store {}: {} free, clock {:+.1f} s, new names listed after {:.2f} s\n",
                           store, SizeText(static_cast<double>(probe.free_bytes)),
                           probe.skew_seconds, probe.visible_seconds)
            << TellFilesAndQuota(probe);
  if (met) {
    const bool is_here = met->host == store::HostName();
    std::cout << fmt::format(
        "  with {} (clock {:+.1f} s): there and back in {:.2f} s for what is made, {:.2f} s for "
        "what is renamed, {:.2f} s for what is removed\n",
        is_here ? "this host, another process" : Printable(met->host), met->skew_seconds,
        met->made_seconds, met->renamed_seconds, met->removed_seconds);
  }
  for (const auto& problem : probe.problems) std::cout << "  problem: " << problem << "\n";
}

// A path that is mistyped must not become a folder that is fit.
void RequireFolder(const std::string& store) {
  std::error_code failed;
  if (std::filesystem::is_directory(store, failed)) return;
  throw MakeError("--store {}: there is no such folder; doctor makes none, so make it first",
                  store);
}

// 1 if the folder is not fit for a store, or the device for a stage.
int ExamineStore(const DoctorFlags& flags) {
  RequireFolder(flags.store);
  auto probe = Examined(flags);
  const auto met = Met(flags, probe);
  if (flags.json) {
    std::cout << ProbeJson(probe, met).dump(2) << "\n";
  } else {
    PrintProbe(flags.store, probe, met);
  }
  return probe.problems.empty() ? 0 : 1;
}

// Whether a published data set is here, whole: "" if so, else the message of what is missing. It is
// loaded, since nothing else sees a file that is cut or lies in the wrong place as a run would.
std::string Missing(const PluginCard& card, const std::filesystem::path& data) {
  try {
    const auto dataset = Registry::Get().Make<Dataset>(card.name, ResolveFor(card, {}));
    if (dataset->Files().empty()) return "";
    if (dataset->Sources(data).empty()) return fmt::format("not found; dfkd fetch {}", card.name);
    for (const auto part : {Part::kTrain, Part::kTest}) dataset->Load(part, data);
    return "";
  } catch (const Error& e) {
    return e.what();
  }
}

Json Examine(const DoctorFlags& flags) {
  const auto data = DataFolder(flags.data);
  Json datasets = Json::object();
  for (const auto* card : Registry::Get().Cards(PluginKind::kDataset)) {
    const auto missing = Missing(*card, data);
    datasets[card->name] = {{"found", missing.empty()}, {"missing", missing}};
  }
  auto report = DescribeMachine();
  report["version"] = Version();
  report["cores"] = AllowedCores();
  report["data_folder"] = IsNoDataFolder(data) ? Json() : Json(data.string());
  report["datasets"] = datasets;
  return report;
}

void Print(const Json& report) {
  std::cout << "dfkd " << report.at("version").get<std::string>() << ", " << report.at("cores")
            << " cores\n";
  for (const auto& [name, value] : report.at("numerics").items()) {
    std::cout << fmt::format("  {:<18} {}\n", name,
                             value.is_string() ? value.get<std::string>() : value.dump());
  }
  std::cout << "devices\n";
  for (const auto& device : report.at("devices"))
    std::cout << "  " << device.get<std::string>() << "\n";
  const auto& folder = report.at("data_folder");
  std::cout << "data sets ("
            << (folder.is_null() ? "no data folder: give --data DIR or set DFKD_DATA or HOME"
                                 : folder.get<std::string>())
            << ")\n";
  for (const auto& [name, state] : report.at("datasets").items()) {
    const bool found = state.at("found");
    std::cout << fmt::format("  {:<18} {}\n", name,
                             found ? "ok" : Printable(state.at("missing").get<std::string>()));
  }
}

}  // namespace

void AddDoctor(Program& program) {
  auto flags = std::make_shared<DoctorFlags>();
  auto& verb =
      program.AddVerb("doctor", "What this machine has, what is missing and how to get it");
  verb.Footer(
      "Examples:\n  dfkd doctor\n  dfkd doctor --data /data --json\n"
      "  dfkd doctor --store /shared/store\n"
      "  dfkd doctor --store /shared/store --device cuda\n"
      "  dfkd doctor --store /shared/store --meet 60   # on two hosts, at the same time");
  verb.Add("--data", &flags->data,
           "folder of the data sets (default $DFKD_DATA, else ~/.local/share/dfkd/data)");
  verb.Add("--store", &flags->store,
           "instead: whether this folder, which must be there, is fit for a store (renames, clock, "
           "space, how soon a new name is seen); exit code 1 if not")
      .Takes("DIR");
  verb.Add("--device", &flags->device,
           "with --store: compute a small stage there, too, on cpu or cuda[:i]")
      .Takes("DEVICE");
  verb.Add("--meet", &flags->meet_seconds,
           "with --store: wait so long for the same command on another host, and measure how soon "
           "each sees what the other makes, renames and removes")
      .Between(1, 3600)
      .Takes("SECONDS");
  verb.Add("--json", &flags->json, "for machines");
  verb.Runs([flags] {
    if (!flags->store.empty()) return ExamineStore(*flags);
    if (!flags->device.empty()) throw MakeError("--device {}: needs --store", flags->device);
    if (flags->meet_seconds > 0) throw MakeError("--meet {}: needs --store", flags->meet_seconds);
    RequireStages();
    const auto report = Examine(*flags);
    if (flags->json) {
      std::cout << report.dump(2) << "\n";
    } else {
      Print(report);
    }
    return 0;
  });
}

}  // namespace dfkd::cli
