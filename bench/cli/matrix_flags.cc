#include "bench/cli/matrix_flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "bench/cli/offers.h"
#include "bench/cli/version.h"
#include "bench/core/printable.h"
#include "bench/io/data_folder.h"
#include "bench/matrix/check_matrix.h"
#include "bench/scores/folder_name.h"
#include "bench/stages/services.h"
#include "bench/store/catalog.h"
#include "bench/store/disk.h"

namespace dfkd::cli {
namespace {

namespace fs = std::filesystem;

Selection SelectionFrom(const MatrixFlags& flags) {
  Selection selection{flags.datasets, flags.attacks, flags.distillers, flags.defenses};
  if (!flags.teacher_seeds.empty()) selection.teacher_seeds = ParseSeeds(flags.teacher_seeds);
  if (!flags.student_seeds.empty()) selection.student_seeds = ParseSeeds(flags.student_seeds);
  for (const auto& setting : flags.settings) AddSetting(setting, selection.set);
  return selection;
}

void AddIds(Verb& verb, PluginKind kind, std::vector<std::string>& ids) {
  const auto axis = std::string(Name(kind)) + "s";
  verb.Add("--" + axis, &ids, "only these " + axis + ", by id, separated by commas")
      .SplitsAtCommas()
      .Takes("ID")
      .Offers(EntryIds(kind));
}

bool HasKeyIn(const fs::path& folder) {
  const auto entries = store::EntriesIn(folder);
  return std::any_of(entries.begin(), entries.end(), [](const auto& entry) {
    return store::IsKey(entry.path().filename().string());
  });
}

// Whether anybody has left something there that only stores have.
bool IsStore(const fs::path& folder) {
  std::error_code failed;
  for (const char* file : {"history.jsonl", "fingerprints.json"}) {
    if (fs::is_regular_file(folder / file, failed)) return true;
  }
  bool found = HasKeyIn(folder / "work") || HasKeyIn(folder / "failures");
  if (!found) ForEachArtifact(Store(folder), [&](const std::string&) { found = true; });
  return found;
}

}  // namespace

void AddStoreFlag(Verb& verb, std::string& store) {
  verb.Add("--store", &store, "store (default: $DFKD_STORE, else .dfkd/store)").Takes("DIR");
}

void AddMatrixFlags(Verb& verb, MatrixFlags& flags) {
  verb.Add("matrix", &flags.matrix, "a file, or the name of a shipped matrix")
      .Required()
      .Takes("MATRIX")
      .Offers(ShippedMatrices());
  AddSelectionFlags(verb, flags);
}

void AddSelectionFlags(Verb& verb, MatrixFlags& flags) {
  AddStoreFlag(verb, flags.store);
  verb.Add("--data", &flags.data,
           "data folder (default: $DFKD_DATA, else ~/.local/share/dfkd/data)")
      .Takes("DIR");
  AddIds(verb, PluginKind::kDataset, flags.datasets);
  AddIds(verb, PluginKind::kAttack, flags.attacks);
  AddIds(verb, PluginKind::kDistiller, flags.distillers);
  AddIds(verb, PluginKind::kDefense, flags.defenses);
  verb.Add("--teacher-seeds", &flags.teacher_seeds, "instead of the matrix's, e.g. 0-2,5")
      .Takes("SEEDS");
  verb.Add("--student-seeds", &flags.student_seeds, "instead of the matrix's").Takes("SEEDS");
  verb.Add("--preset", &flags.preset,
           "instead of the matrix's: fixed, or faithful (the reference with its quirks); its "
           "results get names of their own")
      .OneOf({"fixed", "faithful"});
  verb.Add("--set", &flags.settings, "set an option, e.g. distiller.rounds=40; repeatable")
      .Takes("K=V");
}

fs::path StoreFolder(const std::string& given) {
  const char* chosen = std::getenv("DFKD_STORE");
  const auto otherwise = chosen != nullptr && *chosen != '\0' ? chosen : ".dfkd/store";
  const fs::path folder = given.empty() ? otherwise : given;
  RequireUtf8(fs::absolute(folder).native(), "store");
  return folder;
}

fs::path ExistingStore(const std::string& given) {
  const auto folder = StoreFolder(given);
  std::error_code failed;
  const bool is_folder = fs::is_directory(folder, failed);
  if (is_folder && IsStore(folder)) return folder;
  throw MakeError(
      "store {}: {}; --store or $DFKD_STORE must name a folder in which `dfkd plan` or `dfkd run` "
      "has worked",
      folder.string(), is_folder ? "is no store" : "there is no such folder");
}

fs::path ScoresFolder(const std::string& given, const std::string& matrix) {
  return given.empty() ? fs::path(".dfkd/scores") / FolderName(matrix) : fs::path(given);
}

void TellSetAside(const std::vector<fs::path>& files) {
  if (files.empty()) return;
  fmt::print(stderr,
             "{} of an earlier experiment set aside: they no longer stand for the matrix and are "
             "now called *.json.old, the first {}.old\n",
             files.size() == 1 ? "1 score" : fmt::format("{} scores", files.size()),
             files.front().string());
}

void AddDeviceOfRun(Verb& verb, std::string& device) {
  verb.Add("--device", &device, "of the run: a profile `auto` depends on it")
      .OneOf({"cpu", "cuda"});
}

DeviceKinds KindsOf(const std::vector<std::string>& devices) {
  const auto processors = std::count(devices.begin(), devices.end(), "cpu");
  return {.cpu = processors > 0, .gpu = processors < std::ssize(devices)};
}

DeviceKinds KindsOfRun(const std::string& device) {
  return {.cpu = false, .gpu = KindsOf({device}).gpu};
}

LoadedPlan LoadPlan(const MatrixFlags& flags, const DeviceKinds& on) {
  auto loaded = dfkd::LoadPlan({flags.matrix, flags.preset, SelectionFrom(flags),
                                StoreFolder(flags.store), DataFolder(flags.data), on},
                               CheckModelFile);
  RequireNames(loaded.matrix, flags.matrix);
  return loaded;
}

Scoring ScoringOf(const LoadedPlan& loaded, bool ignore_gate) {
  return {loaded.matrix, loaded.plan, loaded.data, Version(), ignore_gate};
}

}  // namespace dfkd::cli
