// manifest.json: what an artifact consists of, and whether a folder is still that artifact.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "bench/core/error.h"
#include "bench/core/json.h"
#include "bench/store/store.h"

namespace dfkd::store {

inline constexpr const char* kKeyFile = "key.json";
inline constexpr const char* kManifestFile = "manifest.json";

// {"<name>": {"bytes", "sha256"}} of all files below `folder` but the two above; '/' separates
// folders. Throws Error on links and other things that are not files, Error (io) on what cannot be
// read.
Json ListFiles(const std::filesystem::path& folder);

Json MakeManifest(const Ref& ref, const Json& files, const Publication& publication);

// What "seal" of a manifest must be: the SHA-256 of the rest of it.
std::string SealOf(Json manifest);
// As it is written to a file.
std::string ManifestText(const Json& manifest);

// The manifest in `folder`. Throws Error (io), as FindDamage words it, if its seal is broken or it
// is not that of `key`. The seal is of what is left out, too.
Json ReadManifest(const std::filesystem::path& folder, const std::string& key,
                  LeftOut left_out = {});

// "<file>: damaged: expected SHA-256 <expected>, found <found>", class io.
Error DamageError(const std::filesystem::path& file, const std::string& expected,
                  const std::string& found);

// One line that names a changed, missing or surplus file with the expected and the found SHA-256;
// nullopt if all is well. Throws Error (io) where a file is there but cannot be read.
std::optional<std::string> FindDamage(const std::filesystem::path& folder, const std::string& key);

}  // namespace dfkd::store
