// Whole files in and out. Every failure is an Error of class io, one line: what was tried, the
// path, the system's reason. Functions may be called from several threads.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace dfkd {

// Above every data set we read; a limit so that a wrong path (a device, a sparse file) cannot take
// the memory.
inline constexpr uint64_t kDefaultReadLimit = uint64_t{4} << 30;

// The content of a regular file (or a pipe), at most `limit` bytes; a larger one is an Error before
// it is allocated. A named pipe without a writer is empty; a device is an Error.
std::string ReadBytes(const std::filesystem::path& file, uint64_t limit = kDefaultReadLimit);

// Throws Error where a device, a pipe or a socket stands: a file would take its place. Whatever
// below writes a file asks it.
void RequireReplaceable(const std::filesystem::path& file);

// Readers see the old content or the new one, never a part: a temporary file in the same folder is
// written, synced and renamed, then the folder is synced. Missing folders are created. On failure
// the old content stays and the temporary file is gone. Two writers of one path are safe; the last
// rename wins.
void WriteFileAtomically(const std::filesystem::path& file, std::string_view bytes);

// As WriteFileAtomically, but after a power cut the old content, or none, may be there: for what
// can be made again. A file that has the content already is left alone. SyncFileSystem makes many
// such writes last at once.
void WriteFileSoon(const std::filesystem::path& file, std::string_view bytes);
void SyncFileSystem(const std::filesystem::path& folder);

// Makes file data, or the renames and creations in a folder, survive a power cut.
void SyncFile(const std::filesystem::path& file);
void SyncFolder(const std::filesystem::path& folder);

}  // namespace dfkd
