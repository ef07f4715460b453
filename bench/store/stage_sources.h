// Which sources a stage was computed by. They are facts beside a result: not in its key, not in
// its digest.
#pragma once
#include <filesystem>
#include <string>

#include "bench/core/json.h"

namespace dfkd {

// The member of a manifest's facts and of a checkpoint's progress: {"defense abd": "<SHA-256>"}.
// Absent from what programs before it wrote.
inline constexpr const char* kSources = "sources";

// The checkpoint of a stage in its work folder, and the file in it that says what it cost.
inline constexpr const char* kCheckpoint = "checkpoint";
inline constexpr const char* kCheckpointProgress = "progress.json";

// Of `all`, those of the plugins that the description of a stage names.
Json SourcesOf(const Json& description, const Json& all);

// Of the published artifact in that folder, of the checkpoint in that one; an empty object if they
// do not say. Reads one small file and verifies nothing.
Json SourcesOfArtifact(const std::filesystem::path& folder);
Json SourcesOfCheckpoint(const std::filesystem::path& folder);

}  // namespace dfkd
