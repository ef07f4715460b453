// dfkd store: what a store holds, how much that is, whether it is whole; a part of it in a file, or
// from another store.
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <system_error>

#include "bench/cli/artifact_names.h"
#include "bench/cli/command.h"
#include "bench/cli/count_line.h"
#include "bench/cli/matrix_flags.h"
#include "bench/cli/remotes.h"
#include "bench/cli/size.h"
#include "bench/core/terminal.h"
#include "bench/store/catalog.h"
#include "bench/store/manifest.h"
#include "bench/store/waste.h"

#if DFKD_WITH_FETCH
#include "bench/store/transfer.h"
#endif

namespace dfkd::cli {
namespace {

struct StoreFlags {
  std::string action, store, out;
  std::vector<std::string> names;
  RemoteFlags remotes;
  bool json = false;
};

uint64_t BytesOf(const Store& store, const std::string& ref) {
  return BytesBelow(store.FolderOf(ref));
}

std::vector<std::string> AllRefs(const Store& store) {
  std::vector<std::string> refs;
  CountLine line(stderr, MayRedraw(stderr), "artifacts found");
  ForEachArtifact(store, [&](const std::string& ref) {
    refs.push_back(ref);
    line.Show(refs.size(), 0);
  });
  return refs;
}

// Tells whoever waits how far it is; `what` opens that line, which `look` must break to print.
void ForEachCounted(const Store& store, const char* what,
                    const std::function<void(const std::string& ref, CountLine& line)>& look) {
  const auto refs = AllRefs(store);
  CountLine line(stderr, MayRedraw(stderr), what);
  for (size_t i = 0; i < refs.size(); ++i) {
    if (store.Has(refs[i])) look(refs[i], line);  // it may have gone meanwhile
    line.Show(i + 1, refs.size());
  }
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
  ForEachCounted(store, "artifacts measured", [&](const std::string& ref, CountLine&) {
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
  ForEachCounted(store, "artifacts verified", [&](const std::string& ref, CountLine& line) {
    ++looked_at;
    const auto damage = store::FindDamage(store.FolderOf(ref), ParseRef(ref).key);
    if (!damage) return;
    damaged.push_back(*damage);
    if (json) return;
    line.Break();
    fmt::print("{}\n", *damage);
  });
  if (json) fmt::print("{}\n", Json{{"artifacts", looked_at}, {"damaged", damaged}}.dump(2));
  fmt::print(stderr, "{} artifacts, {} damaged{}\n", looked_at, damaged.size(),
             damaged.empty() ? "" : "; the next run that needs one computes it again");
  return damaged.empty() ? 0 : 1;
}

#if DFKD_WITH_FETCH

// Whether it begins as an archive of artifacts does: with the description of the first.
bool IsOurArchive(const std::filesystem::path& file) {
  constexpr size_t kName = 100, kMagic = 257;  // of a tar's header
  std::array<char, 512> block{};
  std::ifstream in(file, std::ios::binary);
  in.read(block.data(), block.size());
  const std::string_view header(block.data(), static_cast<size_t>(in.gcount()));
  if (header.size() < block.size() || !header.substr(kMagic).starts_with("ustar")) return false;
  const auto name = header.substr(0, std::min(header.find('\0'), kName));
  return name.ends_with(std::string("/") + store::kKeyFile);
}

// A file of somebody else's is not ours to replace.
void RequireNoOtherFile(const std::filesystem::path& out) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(out, failed)) return;
  if (std::filesystem::file_size(out, failed) == 0 || IsOurArchive(out)) return;
  throw MakeError(
      "store export: --out {}: would be replaced, and is no archive of artifacts; give another "
      "name",
      out.string());
}

void Export(const Store& store, const StoreFlags& flags) {
  if (flags.out.empty()) throw MakeError("store export: needs --out FILE.tar");
  RequireNoOtherFile(flags.out);
  const auto closed = ArtifactsNamed(store, flags.names);
  if (closed.refs.empty())
    throw MakeError("store export: the store {} has no artifacts", store.root().string());
  CountLine line(stderr, MayRedraw(stderr), "artifacts exported");
  const auto done = ExportArtifacts(
      store, closed.refs, flags.out,
      [&](size_t artifacts, size_t all, uint64_t bytes) { line.Show(artifacts, all, bytes); });
  line.Break();
  fmt::print(stderr, "{} artifacts ({}) in {}{}\n", done.artifacts,
             SizeText(static_cast<double>(done.bytes)), flags.out, MissingText(closed));
  if (!flags.json) return;
  fmt::print("{}\n", Json{{"artifacts", closed.refs}, {"missing", closed.missing}}.dump(2));
}

void Import(const Store& store, const StoreFlags& flags) {
  if (flags.names.empty()) throw MakeError("store import: needs an archive");
  Json differing = Json::array();
  Transferred sum;
  for (const auto& archive : flags.names) {
    CountLine line(stderr, MayRedraw(stderr), "artifacts imported");
    const auto done = ImportArchive(
        store, archive,
        [&](size_t artifacts, size_t all, uint64_t bytes) { line.Show(artifacts, all, bytes); });
    line.Break();
    sum.artifacts += done.artifacts, sum.there += done.there, sum.bytes += done.bytes;
    for (const auto& ref : done.differing) {
      differing.push_back(ref);
      fmt::print(stderr, "{}: is there already with other content than in {}; it stays\n", ref,
                 archive);
    }
  }
  fmt::print(stderr, "{} artifacts ({}) imported, {} were there\n", sum.artifacts,
             SizeText(static_cast<double>(sum.bytes)), sum.there);
  if (!flags.json) return;
  const Json json = {{"artifacts", sum.artifacts}, {"there", sum.there}, {"differing", differing}};
  fmt::print("{}\n", json.dump(2));
}

#else

void Export(const Store&, const StoreFlags& flags) {
  throw MakeError("store {}: this dfkd was built without it (DFKD_FETCH=OFF)", flags.action);
}
void Import(const Store& store, const StoreFlags& flags) { Export(store, flags); }

#endif

// The one that the store has; "" if it has none.
std::string RefThere(const Store& store, const Sought& sought) {
  const auto found = std::find_if(sought.refs.begin(), sought.refs.end(),
                                  [&](const std::string& ref) { return store.Has(ref); });
  return found == sought.refs.end() ? "" : *found;
}

// Whether it is what scores were read from: somebody may have computed the same stage with other
// bits, or a remote may hand out anything under a manifest that fits. What has just come goes
// again.
bool IsAsScored(const Store& store, const Sought& sought, const std::string& ref, bool was_there) {
  if (sought.digests.empty()) return true;
  const auto manifest = store.Manifest(ref);
  if (!manifest) return true;
  const std::string digest = manifest->at("digest");
  if (sought.digests.contains(digest)) return true;
  const bool stays = was_there || !RemoveWaste(store, {store.FolderOf(ref), "refused", 0});
  fmt::print(stderr, "{}: {}: has digest {}, the scores say {}\n", ref,
             stays ? "is there already and stays" : "refused", digest,
             fmt::join(sought.digests, " or "));
  return false;
}

// 1 if nobody has one of them that scores hang on, or has it as another one than the scores say.
int Fetch(const Store& store, const StoreFlags& flags) {
  if (flags.names.empty()) throw MakeError("store fetch: needs a key, or scores");
  const auto source = MakeSource(store, flags.remotes);
  if (!source) throw MakeError("store fetch: needs --remote URL");
  const auto all = ArtifactsSought(flags.names);
  std::vector<std::string> missing;
  std::set<std::string> before;  // keys
  for (const auto& sought : all) {
    if (RefThere(store, sought).empty()) {
      missing.insert(missing.end(), sought.refs.begin(), sought.refs.end());
    } else {
      before.insert(sought.key);
    }
  }
  const auto fetched = source->Fetch(missing, [](const SourceProgress&) { return true; });
  Json there = Json::array(), lacking = Json::array();
  bool complete = true;
  for (const auto& sought : all) {
    const auto ref = RefThere(store, sought);
    if (ref.empty()) {
      lacking.push_back(sought.key);
      complete = complete && sought.may_be_gone;
      fmt::print(stderr, "no remote has {}\n", sought.key);
    } else if (!IsAsScored(store, sought, ref, before.contains(sought.key))) {
      lacking.push_back(sought.key);
      complete = false;
    } else {
      there.push_back(ref);
      if (!flags.json) fmt::print("{}\n", ref);
    }
  }
  fmt::print(stderr, "{} artifacts fetched, {} were there, {} are missing\n", fetched,
             before.size(), lacking.size());
  if (flags.json) fmt::print("{}\n", Json{{"artifacts", there}, {"missing", lacking}}.dump(2));
  return complete ? 0 : 1;
}

void RequireWhatTheActionTakes(const StoreFlags& flags) {
  const bool fetches = flags.action == "fetch";
  const bool named = fetches || flags.action == "export" || flags.action == "import";
  if (!named && !flags.names.empty())
    throw MakeError("store {}: takes no names, not '{}'", flags.action, flags.names.front());
  if (flags.action != "export" && !flags.out.empty())
    throw MakeError("store {}: takes no --out", flags.action);
  if (!fetches && !flags.remotes.addresses.empty())
    throw MakeError("store {}: takes no --remote", flags.action);
}

int Run(const StoreFlags& flags) {
  RequireWhatTheActionTakes(flags);
  const bool fills = flags.action == "fetch" || flags.action == "import";
  const Store store(fills ? StoreFolder(flags.store) : ExistingStore(flags.store));
  if (flags.action == "verify") return Verify(store, flags.json);
  if (flags.action == "fetch") return Fetch(store, flags);
  if (flags.action == "du") {
    Sum(store, flags.json);
  } else if (flags.action == "export") {
    Export(store, flags);
  } else if (flags.action == "import") {
    Import(store, flags);
  } else {
    List(store, flags.json);
  }
  return 0;
}

}  // namespace

void AddStore(Program& program) {
  auto& verb = program.AddVerb(
      "store", "Show what a store holds, whether it is whole; export, import, fetch");
  const auto flags = std::make_shared<StoreFlags>();
  verb.Add("action", &flags->action,
           "ls: every artifact; du: number and size by kind; verify: checks every file against its "
           "manifest; export: artifacts into an archive, --out; import: archives into the store; "
           "fetch: artifacts from a --remote into the store")
      .Required()
      .OneOf({"ls", "du", "verify", "export", "import", "fetch"});
  verb.Add(
          "names", &flags->names,
          "export: which artifacts, with all that they were made from: a file or folder of scores, "
          "MATRIX/CELL, a key or its beginning (default: all); import: the archives; fetch: keys, "
          "or scores for all that they name")
      .Takes("NAME");
  verb.Add("--out", &flags->out, "of export: the archive, a tar").Takes("FILE");
  AddStoreFlag(verb, flags->store);
  AddRemoteFlags(verb, flags->remotes);
  verb.Add("--json", &flags->json, "print it as JSON on standard output");
  verb.NeedsNoPlugins();
  verb.Footer(
      "Exit code of verify: 1 if an artifact is damaged; of fetch: 1 if no remote has one that is "
      "needed.\nAn archive is read as a stranger's: whatever is wrong with it, nothing of it is "
      "imported. What is there already stays.\n"
      "Examples:\n"
      "  dfkd store du\n"
      "  dfkd store verify --store /shared/store\n"
      "  dfkd store export .dfkd/scores/quick --out quick.tar\n"
      "  dfkd store import quick.tar --store /other/store\n"
      "  dfkd store fetch leaderboard/results/quick/CELL.json --remote https://example.org/store");
  verb.Runs([flags] { return Run(*flags); });
}

}  // namespace dfkd::cli
