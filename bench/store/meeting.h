// How soon two hosts see what the other does in a store: for `dfkd doctor --store --meet`.
#pragma once
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace dfkd {

struct StoreMeeting {
  std::string host;  // the other one
  // The clock of the file server, less that of the other host (StoreProbe).
  double skew_seconds = 0;
  // From what one host did to its seeing that the other, which saw it, had done the same: there and
  // back. Equal on both.
  double made_seconds = 0, renamed_seconds = 0, removed_seconds = 0;
  // What would double work there, one line each.
  std::vector<std::string> problems;
};

// Waits so long for another process, which should be on another host, to call this for the same
// store; then both make, rename and remove a file, in turn, in folders of their own, which are
// removed. `skew_seconds`: as measured here, for the other. Throws Error if nobody comes, more than
// one come, or the other one does not go on for as long; class io for what the disk refuses.
StoreMeeting MeetAtStore(const std::filesystem::path& root, double skew_seconds,
                         std::chrono::milliseconds patience);

}  // namespace dfkd
