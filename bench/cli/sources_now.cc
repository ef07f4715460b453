#include "bench/cli/sources_now.h"

#include <fmt/format.h>

#include <cstdio>

#include "bench/core/printable.h"
#include "bench/engines/changed_sources.h"

namespace dfkd::cli {

CurrentSources SourcesNow() {
  CurrentSources now;
  for (const auto& source : PluginSources()) {
    now[source.Label()] = {source.revision, source.sha256, source.folder};
  }
  return now;
}

Json SourceHashes() {
  Json hashes = Json::object();
  for (const auto& source : PluginSources()) hashes[source.Label()] = source.sha256;
  return hashes;
}

void TellChangedSources(const Plan& plan, const Store& store) {
  for (const auto& changed : FindChangedSources(plan, store, SourcesNow())) {
    fmt::print(stderr, "ATTENTION: {}\n", Printable(ToText(changed)));
  }
}

}  // namespace dfkd::cli
