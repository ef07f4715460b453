// dfkd stage: everything the store knows of one stage.
#include <fmt/ranges.h>

#include <cstdio>
#include <memory>

#include "bench/cli/command.h"
#include "bench/cli/matrix_flags.h"
#include "bench/core/printable.h"
#include "bench/store/failures.h"
#include "bench/store/store.h"
#include "bench/store/work.h"

namespace dfkd::cli {
namespace {

namespace fs = std::filesystem;

struct StageFlags {
  std::string key, store;
  bool json = false;
};

// Whatever the key could name: artifacts, work, failures, and what history remembers.
struct Found {
  std::string key, kind;  // kind "" if only work or failures are left
};

void AddFolders(const fs::path& folder, const std::string& kind, const std::string& prefix,
                std::vector<Found>& found) {
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    const auto name = entry->path().filename().string();
    if (name.size() == 64 && name.starts_with(prefix)) found.push_back({name, kind});
  }
}

std::vector<Found> Search(const Store& store, const History& history, const std::string& prefix) {
  std::vector<Found> found;
  for (const auto& line : history.lines()) {
    if (line.key.starts_with(prefix)) found.push_back({line.key, line.kind});
  }
  AddFolders(store.root() / "work", "", prefix, found);
  AddFolders(store.root() / "failures", "", prefix, found);
  std::error_code failed;
  for (fs::directory_iterator kind(store.root(), failed), end; !failed && kind != end;
       kind.increment(failed)) {
    // <kind>/<key[0:2]>/<key>
    AddFolders(kind->path() / prefix.substr(0, 2), kind->path().filename().string(), prefix, found);
  }
  return found;
}

Found Only(const Store& store, const History& history, std::string prefix) {
  // "kind/key" may be given too.
  if (const auto slash = prefix.find('/'); slash != std::string::npos) prefix.erase(0, slash + 1);
  const bool hex = prefix.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (prefix.size() < 2 || prefix.size() > 64 || !hex) {
    throw MakeError("stage '{}': a key is 2 to 64 lower-case hex digits", prefix);
  }
  std::map<std::string, std::string> kinds;  // by key
  for (const auto& [key, kind] : Search(store, history, prefix)) {
    if (auto& known = kinds[key]; known.empty()) known = kind;
  }
  if (kinds.empty()) {
    throw MakeError("stage '{}': the store {} knows none", prefix, store.root().string());
  }
  if (kinds.size() > 1) {
    std::vector<std::string> keys;
    for (const auto& [key, kind] : kinds) keys.push_back(key);
    throw MakeError("stage '{}' may be any of {}", prefix, fmt::join(keys, ", "));
  }
  return {kinds.begin()->first, kinds.begin()->second};
}

Json FailuresJson(const Store& store, const std::string& key) {
  Json list = Json::array();
  for (const auto& failure : Failures(store.root()).ReadAll(key)) {
    list.push_back({{"attempt", failure.attempt},
                    {"class", Name(failure.failure)},
                    {"message", failure.message},
                    {"host", failure.host},
                    {"created", failure.created},
                    {"log_tail", failure.log_tail}});
  }
  return list;
}

Json Describe(const Found& found, Store& store, const History& history) {
  Json json = {{"key", found.key}, {"kind", found.kind}};
  const auto ref = found.kind + "/" + found.key;
  json["in_store"] = !found.kind.empty() && store.Has(ref);
  json["published_before"] = !found.kind.empty() && history.WasPublished(ref);
  if (json["in_store"]) {
    const auto artifact = store.Open(ref);
    json["folder"] = artifact.folder.string();
    json["description"] = artifact.description;
    json["manifest"] = artifact.manifest;
  }
  const WorkFolder work(store.root(), found.key);
  if (const auto holder = DescribeLease(work)) json["running"] = *holder;
  if (const auto note = ReadNote(work))
    json["work"] = {{"label", note->label}, {"done", note->done}, {"total", note->total}};
  json["failures"] = FailuresJson(store, found.key);
  return json;
}

void PrintInputs(const Json& description, const Store& store) {
  fmt::print("inputs:\n");
  for (const auto& [role, input] : description.at("inputs").items()) {
    if (!input.is_string()) continue;
    const auto ref = input.get<std::string>();
    fmt::print("  {}: {}{}\n", role, ref, store.Has(ref) ? "" : "  (not in the store)");
  }
}

// What the one who computes it, or did and was interrupted, said last.
void PrintWork(const Json& json) {
  if (!json.contains("work")) return;
  const auto& work = json.at("work");
  const auto total = work.at("total").get<int64_t>();
  fmt::print("{}: {}{}\n", json.contains("running") ? "  it is" : "left unfinished",
             Printable(work.at("label").get<std::string>()),
             total > 0 ? fmt::format(", {} of {}", work.at("done").get<int64_t>(), total) : "");
}

void Print(const Json& json, const Store& store) {
  const auto kind = json.at("kind").get<std::string>();
  fmt::print("{} {}\n", kind.empty() ? "stage" : kind, json.at("key").get<std::string>());
  if (json.at("in_store")) {
    fmt::print("in the store: {}\n", json.at("folder").get<std::string>());
    PrintInputs(json.at("description"), store);
    fmt::print("description:\n{}\nmanifest:\n{}\n", json.at("description").dump(2),
               json.at("manifest").dump(2));
  } else {
    fmt::print("not in the store{}\n",
               json.at("published_before") ? ": published earlier and deleted since" : "");
  }
  if (json.contains("running")) fmt::print("running: {}\n", json["running"].get<std::string>());
  PrintWork(json);
  for (const auto& failure : json.at("failures")) {
    fmt::print("failure {} ({}, {}, {}): {}\n{}", failure["attempt"].get<int64_t>(),
               failure["class"].get<std::string>(), failure["host"].get<std::string>(),
               failure["created"].get<std::string>(), failure["message"].get<std::string>(),
               failure["log_tail"].get<std::string>());
  }
}

void Run(const StageFlags& flags) {
  Store store(ExistingStore(flags.store));
  const auto history = store.ReadHistory();
  const auto json = Describe(Only(store, history, flags.key), store, history);
  if (flags.json) {
    fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
  } else {
    Print(json, store);
  }
}

}  // namespace

void AddStage(Program& program) {
  auto& verb = program.AddVerb("stage", "Show what the store knows of a stage");
  const auto flags = std::make_shared<StageFlags>();
  verb.Add("key", &flags->key, "its key or the beginning of it, as `dfkd plan` prints it")
      .Required()
      .Takes("KEY");
  AddStoreFlag(verb, flags->store);
  verb.Add("--json", &flags->json, "print it as JSON on standard output");
  verb.NeedsNoPlugins();
  verb.Footer("Example:\n  dfkd stage 3f9a0c21bd77");
  verb.Runs([flags] {
    Run(*flags);
    return 0;
  });
}

}  // namespace dfkd::cli
