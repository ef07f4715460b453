// Files that a user brought (a teacher), by content: <root>/files/<sha[0:2]>/<sha>.safetensors. A
// stage that is keyed by the content finds it here, on any machine that sees the store and after
// the original is gone.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

namespace dfkd {

std::filesystem::path BlobFile(const std::filesystem::path& root, const std::string& sha256);

// Unless it is there. Throws Error (io).
void KeepBlob(const std::filesystem::path& root, const std::string& sha256, std::string_view bytes);

// Throws Error (io) if it is not there, or damaged.
std::string ReadBlob(const std::filesystem::path& root, const std::string& sha256);

}  // namespace dfkd
