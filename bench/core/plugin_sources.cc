#include "bench/core/plugin_sources.h"

#include <algorithm>
#include <filesystem>

#include "bench/core/registry.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

// Without the ".." that it begins with.
std::string Downward(const fs::path& folder) {
  fs::path rest;
  for (const auto& step : folder) {
    if (!(rest.empty() && step == "..")) rest /= step;
  }
  return rest.string();
}

}  // namespace

FolderHashes::const_iterator FindFolderOf(const std::string& header, const FolderHashes& hashes) {
  const auto folder = fs::path(header).parent_path();
  if (folder.empty() || folder.is_absolute()) return hashes.find(folder.string());
  const auto end = "/" + Downward(folder);
  return std::find_if(hashes.begin(), hashes.end(),
                      [&](const auto& known) { return known.first.ends_with(end); });
}

std::vector<PluginSource> SourcesIn(const FolderHashes& hashes) {
  std::vector<PluginSource> sources;
  for (const auto kind : kPluginKinds) {
    for (const auto* card : Registry::Get().Cards(kind)) {
      const auto found = FindFolderOf(Registry::Get().HeaderOf(kind, card->name), hashes);
      if (found == hashes.end()) continue;
      sources.push_back({Name(kind), card->name, found->first, found->second, card->revision});
    }
  }
  return sources;
}

}  // namespace dfkd
