// The remotes of a command line, as what a run asks.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "bench/cli/verb.h"
#include "bench/store/artifact_source.h"
#include "bench/store/store.h"

namespace dfkd::cli {

// The n-th file has the token of the n-th address; there may be fewer, and "-" is none.
struct RemoteFlags {
  std::vector<std::string> addresses, token_files;
};

// --remote, --remote-token.
void AddRemoteFlags(Verb& verb, RemoteFlags& flags);

// Null without addresses. Throws Error for addresses, files and tokens that cannot be used. The
// store must outlive the source.
std::unique_ptr<ArtifactSource> MakeSource(const Store& store, const RemoteFlags& flags);

}  // namespace dfkd::cli
