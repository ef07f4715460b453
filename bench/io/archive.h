// Unpacking of archives that strangers made: tar (plain, gzip, xz) and zip. Built only with
// DFKD_FETCH.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace dfkd {

struct UnpackLimits {
  // Of all files together, once unpacked.
  uint64_t bytes = uint64_t{64} << 30;
  // Files, folders and links.
  uint64_t entries = 5'000'000;
  // Unpacked bytes per byte of the archive, beyond the first 64 MiB. Images seldom exceed 5, a bomb
  // begins at 1000.
  uint64_t ratio = 300;
};

// Bytes of the archive read so far and its size. An exception it throws ends the unpacking.
using UnpackProgress = std::function<void(uint64_t done, uint64_t total)>;

// Unpacks `archive` into `folder` (created if missing) and returns the names of the top-level
// entries, sorted. Everything is written to a temporary folder inside `folder` and renamed into
// place when the whole archive has been read; top-level entries of the same names are replaced,
// others are left alone. After a failure `folder` is as it was; after a kill the next call clears
// the temporary folder away. One process at a time may unpack an archive.
//
// Owners, times, permissions and other attributes are not taken over: files get mode 0644, folders
// 0755, less the umask; so no setuid bit survives.
//
// Throws Error of class io, one line that names archive, entry and reason: not an archive of these
// kinds, damaged or encrypted, empty; an entry with an absolute path, with "..", twice, below
// something that is no folder, over 64 levels deep; a hard link, a symbolic link that leads or
// could lead out of the folder, a device, pipe or socket; more bytes or entries than the limits.
std::vector<std::string> Unpack(const std::filesystem::path& archive,
                                const std::filesystem::path& folder,
                                const UnpackLimits& limits = {},
                                const UnpackProgress& progress = {});

}  // namespace dfkd
