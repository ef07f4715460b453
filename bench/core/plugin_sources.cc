#include "bench/core/plugin_sources.h"

#include <filesystem>

#include "bench/core/registry.h"

namespace dfkd {

std::vector<PluginSource> SourcesIn(const std::map<std::string, std::string>& hashes) {
  std::vector<PluginSource> sources;
  for (const auto kind : kPluginKinds) {
    for (const auto* card : Registry::Get().Cards(kind)) {
      const std::filesystem::path header(Registry::Get().HeaderOf(kind, card->name));
      const auto hash = hashes.find(header.parent_path().string());
      if (hash == hashes.end()) continue;
      sources.push_back({Name(kind), card->name, hash->first, hash->second, card->revision});
    }
  }
  return sources;
}

}  // namespace dfkd
