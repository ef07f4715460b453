// An archive of files, the same bytes wherever it is made. Built only with DFKD_FETCH.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace dfkd {

struct PackedFile {
  // In the archive, '/' between folders.
  std::string name;
  // Its bytes, or the regular file that has them.
  std::variant<std::string, std::filesystem::path> content;
};

// Writes a tar archive of the files, in their order, to `archive`, replacing what is there only at
// the very end. Missing folders are created. Of the files only names, sizes and bytes get into it:
// owners are 0, times the epoch, modes 0644. `packed` is told after each file how many are in it.
// What it throws ends the packing.
//
// Throws Error of class io, one line with the path: a file that cannot be read, or changes its size
// meanwhile; whatever the disk refuses. Then nothing is left.
void PackTar(const std::vector<PackedFile>& files, const std::filesystem::path& archive,
             const std::function<void(size_t)>& packed = {});

// The same as a zip archive, which systems open without further programs; compressed quickly rather
// than well. The bytes hang on the version of zlib, too.
void PackZip(const std::vector<PackedFile>& files, const std::filesystem::path& archive);

}  // namespace dfkd
