#include "bench/store/stage_sources.h"

#include <array>
#include <string_view>

#include "bench/core/error.h"
#include "bench/store/manifest.h"

namespace dfkd {
namespace {

void Keep(const std::string& kind, const Json& plugin, const Json& all, Json& kept) {
  if (!plugin.is_object() || !plugin.contains("plugin")) return;
  const auto label = kind + " " + plugin.at("plugin").get<std::string>();
  if (all.contains(label)) kept[label] = all.at(label);
}

// Most of a manifest.
constexpr std::array<std::string_view, 3> kOthers = {"costs", "files", "numerics"};

// Whatever is wrong with the file is for those to say who need the rest of it.
Json ReadOrNull(const std::filesystem::path& file, LeftOut left_out = {}) {
  try {
    return ReadJson(file, left_out);
  } catch (const Error&) {
    return nullptr;
  }
}

Json SourcesIn(const Json& json) {
  const bool there = json.is_object() && json.contains(kSources) && json.at(kSources).is_object();
  return there ? json.at(kSources) : Json::object();
}

}  // namespace

Json SourcesOf(const Json& description, const Json& all) {
  Json kept = Json::object();
  for (const char* axis : {"dataset", "attack", "distiller", "detector"}) {
    if (description.contains(axis)) Keep(axis, description.at(axis), all, kept);
  }
  if (description.contains("parts")) {
    for (const auto& part : description.at("parts")) Keep("defense", part, all, kept);
  }
  return kept;
}

Json SourcesOfArtifact(const std::filesystem::path& folder) {
  const Json manifest = ReadOrNull(folder / store::kManifestFile, kOthers);
  return manifest.is_object() && manifest.contains("facts") ? SourcesIn(manifest.at("facts"))
                                                            : Json::object();
}

Json SourcesOfCheckpoint(const std::filesystem::path& folder) {
  return SourcesIn(ReadOrNull(folder / kCheckpointProgress));
}

}  // namespace dfkd
