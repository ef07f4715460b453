#include "bench/cli/sources_now.h"

#include <fmt/format.h>

#include <cstdio>

#include "bench/core/registry.h"
#include "bench/engines/changed_sources.h"

namespace dfkd::cli {

CurrentSources SourcesNow() {
  std::map<std::string, int> revisions;
  for (const auto kind :
       {PluginKind::kDataset, PluginKind::kAttack, PluginKind::kDistiller, PluginKind::kDefense}) {
    for (const auto* card : Registry::Get().Cards(kind)) {
      revisions[std::string(Name(kind)) + " " + card->name] = card->revision;
    }
  }
  CurrentSources now;
  for (const auto& source : PluginSources()) {
    const auto found = revisions.find(source.Label());
    if (found != revisions.end()) {
      now[source.Label()] = {found->second, source.sha256, source.folder};
    }
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
    fmt::print(stderr, "ATTENTION: {}\n", ToText(changed));
  }
}

}  // namespace dfkd::cli
