#include "bench/cli/remotes.h"

#include "bench/core/error.h"

#if DFKD_WITH_FETCH
#include "bench/store/remote_cache.h"
#endif

namespace dfkd::cli {

void AddRemoteFlags(Verb& verb, RemoteFlags& flags) {
  verb.Add("--remote", &flags.addresses,
           "address of a store: what is missing here and is there is fetched, not computed; "
           "repeatable")
      .Takes("URL");
  verb.Add("--remote-token", &flags.token_files,
           "file with the bearer token of the remote at the same place in the list (mode 600); -: "
           "none")
      .Takes("FILE");
}

#if DFKD_WITH_FETCH

std::unique_ptr<ArtifactSource> MakeSource(const Store& store, const RemoteFlags& flags) {
  const auto& [addresses, token_files] = flags;
  if (token_files.size() > addresses.size()) {
    throw MakeError("--remote-token: {} files for {} of --remote; at most one each",
                    token_files.size(), addresses.size());
  }
  if (addresses.empty()) return nullptr;
  std::vector<Remote> remotes;
  for (size_t i = 0; i < addresses.size(); ++i) {
    RemoteOptions options;
    if (i < token_files.size() && token_files[i] != "-") options.token = ReadToken(token_files[i]);
    remotes.emplace_back(addresses[i], std::move(options));
  }
  return std::make_unique<RemoteCache>(store, std::move(remotes));
}

#else

std::unique_ptr<ArtifactSource> MakeSource(const Store&, const RemoteFlags& flags) {
  if (flags.addresses.empty()) return nullptr;
  throw MakeError("--remote: this dfkd was built without downloading (DFKD_FETCH=OFF)");
}

#endif

}  // namespace dfkd::cli
