// How large a folder of results may become: everybody who clones the repository has it.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace dfkd::cli {

// Of all its files (BytesBelow): the results of every matrix, with their pictures.
inline constexpr uint64_t kMostBytesInAll = uint64_t{25} << 20;

// Throws Error if a folder of results would grow beyond kMostBytesInAll once these files of it have
// these texts. What is too large already may be changed as long as it does not grow.
void RequireRoom(const std::filesystem::path& folder,
                 const std::map<std::filesystem::path, std::string>& texts);

}  // namespace dfkd::cli
