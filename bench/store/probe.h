// Whether a folder is fit for a store: for `dfkd doctor --store`.
#pragma once
#include <cstdint>
#include <filesystem>
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
};

// Makes a folder in `root`, which it creates if it is missing, does there what publications and
// leases rely on, and removes it: folders take their place by a rename, but never that of one that
// has content; a name is made once, and not over another; what was written is listed and read at
// once; times come from one clock. Whatever the disk refuses is a problem, not an Error.
StoreProbe ProbeStore(const std::filesystem::path& root);

}  // namespace dfkd
