// Artifacts on their way from store to store: into an archive and out of it, or into a folder that
// a web server hands out. Built only with DFKD_FETCH.
//
// Only what is whole goes out, and nothing of how it came here; what comes in is a stranger's
// (adopt.h). Errors: class io, one line, with the path.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "bench/store/store.h"

namespace dfkd {

// How many of how many artifacts are done, and the bytes of these. An exception ends the transfer.
using TransferProgress = std::function<void(size_t done, size_t total, uint64_t bytes)>;

struct Transferred {
  // Those that were there already are in the second.
  size_t artifacts = 0, there = 0;
  uint64_t bytes = 0;
  // Of imports: what is there already with other content than here. It stays as it is.
  std::vector<std::string> differing;
};

// Writes a tar archive (pack.h) of these artifacts of the store in the layout of a store. The same
// artifacts give the same bytes, whatever store they are taken from. An Error if one is damaged or
// missing; then there is no archive.
Transferred ExportArtifacts(const Store& store, std::vector<std::string> refs,
                            const std::filesystem::path& archive,
                            const TransferProgress& progress = {});

// Brings all artifacts of an archive (tar, also with gzip or xz) into the store. An Error, and
// nothing is imported, if the archive is none, holds anything but whole artifacts in the layout of
// a store, or what archive.h refuses.
Transferred ImportArchive(const Store& store, const std::filesystem::path& archive,
                          const TransferProgress& progress = {});

// Copies these artifacts of the store to `folder`, in the layout of a store: with any web server
// over it, it is a remote (remote.h). What is there already is left alone. Safe to interrupt, and
// to repeat. An Error if one is damaged or missing.
Transferred PushArtifacts(const Store& store, const std::vector<std::string>& refs,
                          const std::filesystem::path& folder,
                          const TransferProgress& progress = {});

}  // namespace dfkd
