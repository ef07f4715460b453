// How large a folder of results may become: everybody who clones the repository has it.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace dfkd::cli {

// Of all its files (BytesBelow): the results of every matrix, with their pictures.
inline constexpr uint64_t kMostBytesInAll = uint64_t{25} << 20;

using TextsOfFiles = std::map<std::filesystem::path, std::string>;

// Whether a folder of results would not grow beyond kMostBytesInAll once these files of it have
// these texts. What is too large already may be changed as long as it does not grow.
bool HasRoom(const std::filesystem::path& folder, const TextsOfFiles& texts);
// Throws Error if it would.
void RequireRoom(const std::filesystem::path& folder, const TextsOfFiles& texts);

}  // namespace dfkd::cli
