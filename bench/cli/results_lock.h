// One process at a time changes a folder of results.
#pragma once
#include <filesystem>

namespace dfkd::cli {

// Held from the reading of results to their writing: of two processes that add, neither loses what
// the other has added. On the folder itself, which it makes, for no file may lie beside what is
// committed. Where the file system cannot lock (some NFS mounts), we go without.
class ResultsLock {
 public:
  // Waits up to a minute for another process, then throws Error (io); so it does for a folder that
  // cannot be opened.
  explicit ResultsLock(const std::filesystem::path& folder);
  ~ResultsLock();
  ResultsLock(const ResultsLock&) = delete;
  ResultsLock& operator=(const ResultsLock&) = delete;

 private:
  void Wait(const std::filesystem::path& folder) const;

  int descriptor_ = -1;
};

}  // namespace dfkd::cli
