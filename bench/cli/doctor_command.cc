// dfkd doctor: what this machine has, what is missing, and how to get it.
#include <iostream>
#include <memory>

#include "bench/cli/command.h"
#include "bench/cli/version.h"
#include "bench/core/image.h"
#include "bench/core/printable.h"
#include "bench/core/registry.h"
#include "bench/engines/machine.h"
#include "bench/io/data_folder.h"
#include "bench/stages/services.h"

namespace dfkd::cli {
namespace {

struct DoctorFlags {
  std::string data;
  bool json = false;
};

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
  verb.Footer("Examples:\n  dfkd doctor\n  dfkd doctor --data /data --json");
  verb.Add("--data", &flags->data,
           "folder of the data sets (default $DFKD_DATA, else ~/.local/share/dfkd/data)");
  verb.Add("--json", &flags->json, "for machines");
  verb.Runs([flags] {
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
