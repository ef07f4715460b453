// Whether a folder is fit for a store: for `dfkd doctor --store`.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dfkd {

struct StoreProbe {
  // What would lose or double work there, one line each; empty: it is fit.
  std::vector<std::string> problems;
  // The clock of the file server, less that of this host. Leases are judged by the former.
  double skew_seconds = 0;
  // From a rename to its being listed, where another look at the folder came in between.
  double visible_seconds = 0;
  uint64_t free_bytes = 0;
  // Names that can still be made; nullopt where the file system sets no bound.
  std::optional<uint64_t> free_files = std::nullopt;
  // What the quota of this user leaves; nullopt where none is set, or nobody answers (file servers
  // seldom do).
  std::optional<uint64_t> quota_bytes = std::nullopt, quota_files = std::nullopt;
};

// Of so much that may be used; nullopt: a limit of 0 is none.
std::optional<uint64_t> LeftOfQuota(uint64_t hard, uint64_t soft, uint64_t used);

// Too little space or too few names, by disk and by quota: one line each.
std::vector<std::string> ProblemsOfSpace(const StoreProbe& probe);

// Of names and quota, a line for people; "" where nobody sets a bound.
std::string TellFilesAndQuota(const StoreProbe& probe);

// Makes a folder in `root`, which it creates if it is missing, does there what publications and
// leases rely on, and removes it: folders take their place by a rename, but never that of one that
// has content; a name is made once, and not over another; what was written is listed and read at
// once; times come from one clock. Whatever the disk refuses is a problem, not an Error.
StoreProbe ProbeStore(const std::filesystem::path& root);

}  // namespace dfkd
