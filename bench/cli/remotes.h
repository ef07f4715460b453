// The remotes of a command line, as what a run asks.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "bench/store/artifact_source.h"
#include "bench/store/store.h"

namespace dfkd::cli {

// Null without addresses. The n-th file has the token of the n-th address; there may be fewer, and
// "-" is none. Throws Error for addresses, files and tokens that cannot be used. The store must
// outlive the source.
std::unique_ptr<ArtifactSource> MakeSource(const Store& store,
                                           const std::vector<std::string>& addresses,
                                           const std::vector<std::string>& token_files);

}  // namespace dfkd::cli
