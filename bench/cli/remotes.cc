#include "bench/cli/remotes.h"

#include "bench/core/error.h"

#if DFKD_WITH_FETCH
#include "bench/store/remote_cache.h"
#endif

namespace dfkd::cli {

#if DFKD_WITH_FETCH

std::unique_ptr<ArtifactSource> MakeSource(const Store& store,
                                           const std::vector<std::string>& addresses,
                                           const std::vector<std::string>& token_files) {
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

std::unique_ptr<ArtifactSource> MakeSource(const Store&, const std::vector<std::string>& addresses,
                                           const std::vector<std::string>&) {
  if (addresses.empty()) return nullptr;
  throw MakeError("--remote: this dfkd was built without downloading (DFKD_FETCH=OFF)");
}

#endif

}  // namespace dfkd::cli
