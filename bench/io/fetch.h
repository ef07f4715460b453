// The files of a data set, from where they are published or from a mirror, into the data folder.
// Built only with DFKD_FETCH.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/core/image.h"
#include "bench/io/archive.h"
#include "bench/io/download.h"

namespace dfkd {

struct FetchOptions {
  // "" = DatasetFile.url; else an http://, https:// or file:// address of a folder that holds the
  // files under the last component of their url.
  std::string mirror;
  // Accepts files whose SHA-256 is not known.
  bool trust = false;
  DownloadPolicy download;
  UnpackLimits unpack;
};

// What is being done to which file; `total` is 0 while unknown. Called often.
enum class FetchStep { kDownload, kUnpack };
using FetchProgress =
    std::function<void(FetchStep step, const std::string& path, uint64_t done, uint64_t total)>;

struct FetchedFile {
  // As DatasetFile::path.
  std::string path;
  // Where it was or would have been taken from.
  std::string url;
  // As found; equal to the expected one if that is known.
  std::string sha256;
  // Of the file; 0 if only the unpacked files are there any more.
  uint64_t bytes = 0;
  // False: it was there already, and right.
  bool downloaded = false;
  // Top-level names, relative to the folder of the file.
  std::vector<std::string> unpacked;
  // Written in this call, so that what lies there is what was verified: downloaded, and unpacked if
  // it is an archive.
  bool fresh = false;
};

// Brings every file to `root` / path and unpacks archives into the folder that they lie in. What is
// there and verified is neither downloaded nor unpacked again; `path` + ".unpacked" remembers, so
// an archive may be deleted once it is unpacked. A file of the wrong digest is replaced.
//
// Throws Error: a file without a known SHA-256 unless options.trust (before anything is
// downloaded), a path that leaves `root`, an unknown kind of archive, a mirror that is no address;
// and what Download and Unpack throw. Files that were complete by then stay.
std::vector<FetchedFile> FetchDataset(const std::vector<DatasetFile>& files,
                                      const std::filesystem::path& root,
                                      const FetchOptions& options = {},
                                      const FetchProgress& progress = {});

}  // namespace dfkd
