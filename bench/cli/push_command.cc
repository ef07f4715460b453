// dfkd push: artifacts into a folder that a web server hands out.
#include <cstdio>
#include <memory>

#include "bench/cli/artifact_names.h"
#include "bench/cli/command.h"
#include "bench/cli/count_line.h"
#include "bench/cli/matrix_flags.h"
#include "bench/cli/size.h"
#include "bench/core/error.h"
#include "bench/core/terminal.h"

#if DFKD_WITH_FETCH
#include "bench/store/transfer.h"
#endif

namespace dfkd::cli {
namespace {

struct PushFlags {
  std::string folder, store;
  std::vector<std::string> names;
  bool json = false;
};

#if DFKD_WITH_FETCH

int Push(const PushFlags& flags) {
  const Store store(ExistingStore(flags.store));
  const auto closed = ArtifactsNamed(store, flags.names);
  if (closed.refs.empty())
    throw MakeError("push: the store {} has no artifacts", store.root().string());
  CountLine line(stderr, MayRedraw(stderr), "artifacts pushed");
  const auto done = PushArtifacts(
      store, closed.refs, flags.folder,
      [&](size_t artifacts, size_t all, uint64_t bytes) { line.Show(artifacts, all, bytes); });
  line.Break();
  fmt::print(stderr, "{} artifacts ({}) pushed to {}, {} were there{}\n", done.artifacts,
             SizeText(static_cast<double>(done.bytes)), flags.folder, done.there,
             MissingText(closed));
  if (flags.json) {
    const Json json = {{"artifacts", done.artifacts},
                       {"there", done.there},
                       {"bytes", done.bytes},
                       {"missing", closed.missing}};
    fmt::print("{}\n", json.dump(2));
  }
  return 0;
}

#else

int Push(const PushFlags&) {
  throw MakeError("push: this dfkd was built without it (DFKD_FETCH=OFF)");
}

#endif

}  // namespace

void AddPush(Program& program) {
  auto& verb = program.AddVerb("push", "Copy artifacts to a folder from which others fetch them");
  const auto flags = std::make_shared<PushFlags>();
  verb.Add("folder", &flags->folder, "where to; a web server hands it out, or will")
      .Required()
      .Takes("DIR");
  verb.Add("names", &flags->names, "which artifacts, as in `dfkd store export` (default: all)")
      .Takes("NAME");
  AddStoreFlag(verb, flags->store);
  verb.Add("--json", &flags->json, "print what came of it as JSON on standard output");
  verb.NeedsNoPlugins();
  verb.Footer(
      "Only what is whole is copied: every file is compared with its manifest. What is there "
      "stays. "
      "Others\nthen say `dfkd run MATRIX --remote https://…`, with the address of the folder.\n"
      "Examples:\n"
      "  dfkd push /var/www/store\n"
      "  dfkd push /var/www/store leaderboard/results .dfkd/scores/quick");
  verb.Runs([flags] { return Push(*flags); });
}

}  // namespace dfkd::cli
