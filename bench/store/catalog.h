// All artifacts of a store, by name.
//
// Errors: class io, one line, with the path.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "bench/store/store.h"

namespace dfkd {

// Calls `tell` with the ref of every artifact, kind by kind; one that appears or goes meanwhile may
// be told or not.
void ForEachArtifact(const Store& store, const std::function<void(const std::string& ref)>& tell);

// Of all files in a folder and below, or of the file; 0 if it is not there (any more).
uint64_t BytesBelow(const std::filesystem::path& path);

}  // namespace dfkd
