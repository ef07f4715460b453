// Where an artifact lies, and the one step by which it gets there: whether it was computed here, or
// comes from elsewhere.
//
// Errors: class io, one line, with the path.
#pragma once
#include <filesystem>
#include <string>

#include "bench/core/json.h"
#include "bench/store/store.h"

namespace dfkd::store {

std::filesystem::path FolderIn(const std::filesystem::path& root, const Ref& ref);

// A new name for what is moved aside because it is damaged.
std::filesystem::path DamagedPlace(const std::filesystem::path& root, const Ref& ref);

// Renames a whole artifact, on disk, to its place. False if one is there already: then `staged`
// stays where it is.
bool MoveIntoPlace(const std::filesystem::path& staged, const std::filesystem::path& root,
                   const Ref& ref);

// Appends the line of history of an artifact that has got its place. That this fails is a warning.
void Remember(const std::filesystem::path& root, const Ref& ref, const std::string& label,
              const Json& manifest);

}  // namespace dfkd::store
