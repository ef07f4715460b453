// dfkd store: what a store holds, how much that is, and whether it is whole.
#include <cstdio>
#include <map>
#include <memory>

#include "bench/cli/command.h"
#include "bench/cli/matrix_flags.h"
#include "bench/cli/size.h"
#include "bench/store/catalog.h"
#include "bench/store/manifest.h"

namespace dfkd::cli {
namespace {

struct StoreFlags {
  std::string action, store;
  bool json = false;
};

uint64_t BytesOf(const Store& store, const std::string& ref) {
  return BytesBelow(store.FolderOf(ref));
}

void List(const Store& store, bool json) {
  Json list = Json::array();
  ForEachArtifact(store, [&](const std::string& ref) {
    const auto bytes = BytesOf(store, ref);
    if (json) return list.push_back({{"ref", ref}, {"bytes", bytes}});
    fmt::print("{}  {}\n", ref, SizeText(bytes));
  });
  if (json) fmt::print("{}\n", list.dump(2));
}

void Sum(const Store& store, bool json) {
  struct Of {
    size_t artifacts = 0;
    uint64_t bytes = 0;
  };
  std::map<std::string, Of> kinds;
  ForEachArtifact(store, [&](const std::string& ref) {
    auto& kind = kinds[ParseRef(ref).kind];
    ++kind.artifacts, kind.bytes += BytesOf(store, ref);
  });
  Json sums = Json::object();
  for (const auto& [kind, of] : kinds) {
    sums[kind] = {{"artifacts", of.artifacts}, {"bytes", of.bytes}};
    if (!json) fmt::print("{:<14} {:>8}  {:>9}\n", kind, of.artifacts, SizeText(of.bytes));
  }
  for (const char* folder : {"work", "damaged"}) {
    const auto bytes = BytesBelow(store.root() / folder);
    sums[folder] = {{"bytes", bytes}};
    if (!json && bytes > 0) fmt::print("{:<14} {:>8}  {:>9}\n", folder, "", SizeText(bytes));
  }
  if (json) fmt::print("{}\n", sums.dump(2));
}

// Reads every file. Whoever reads an artifact checks it, too; nobody reads all.
int Verify(const Store& store, bool json) {
  size_t looked_at = 0;
  Json damaged = Json::array();
  ForEachArtifact(store, [&](const std::string& ref) {
    ++looked_at;
    const auto damage = store::FindDamage(store.FolderOf(ref), ParseRef(ref).key);
    if (!damage) return;
    damaged.push_back(*damage);
    if (!json) fmt::print("{}\n", *damage);
  });
  if (json) fmt::print("{}\n", Json{{"artifacts", looked_at}, {"damaged", damaged}}.dump(2));
  fmt::print(stderr, "{} artifacts, {} damaged{}\n", looked_at, damaged.size(),
             damaged.empty() ? "" : "; the next run that needs one computes it again");
  return damaged.empty() ? 0 : 1;
}

int Run(const StoreFlags& flags) {
  const Store store(StoreFolder(flags.store));
  if (flags.action == "verify") return Verify(store, flags.json);
  if (flags.action == "du") {
    Sum(store, flags.json);
  } else {
    List(store, flags.json);
  }
  return 0;
}

}  // namespace

void AddStore(Program& program) {
  auto& verb = program.AddVerb("store", "Show what a store holds, and whether it is whole");
  const auto flags = std::make_shared<StoreFlags>();
  verb.Add("action", &flags->action,
           "ls: every artifact; du: number and size by kind; verify: checks every file against its "
           "manifest")
      .Required()
      .OneOf({"ls", "du", "verify"});
  AddStoreFlag(verb, flags->store);
  verb.Add("--json", &flags->json, "print it as JSON on standard output");
  verb.NeedsNoPlugins();
  verb.Footer(
      "Exit code of verify: 1 if an artifact is damaged.\n"
      "Examples:\n"
      "  dfkd store du\n"
      "  dfkd store verify --store /shared/store");
  verb.Runs([flags] { return Run(*flags); });
}

}  // namespace dfkd::cli
