// One file over http, https or file://: resumable, verified before anybody can see it, bounded in
// size, time and number of tries. Built only with DFKD_FETCH. Connections are kept for the next
// file that the same thread asks the same server for.
#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "bench/core/error.h"

namespace dfkd {

// What is known of a file before it is downloaded.
struct ExpectedFile {
  // 64 hexadecimal digits; "" = unknown: nothing is resumed or verified.
  std::string sha256;
  // 0 = unknown: DownloadPolicy::most_bytes is the limit.
  uint64_t bytes = 0;
};

// Bytes there so far and bytes in all (0 while unknown). Called often, from the calling thread,
// also while nothing arrives. An exception it throws ends the download and comes out of Download;
// what was received is kept and resumed by the next call.
using ProgressCallback = std::function<void(uint64_t done, uint64_t total)>;

struct DownloadPolicy {
  // In all; only transient failures are repeated.
  int attempts = 6;
  // Before the second attempt; doubles each time.
  std::chrono::milliseconds first_wait{500};
  int connect_seconds = 20;
  // Slower than stall_bytes for this long: a failure.
  int stall_seconds = 30;
  int64_t stall_bytes = 1024;  // bytes per second
  // Cap for files of unknown size.
  uint64_t most_bytes = 1 << 30;
  // "" = none. The server that the address names is given it, no other that it redirects to.
  std::string bearer_token;
  // Only https is spoken, and http to this machine itself, wherever the server redirects to.
  bool guarded = false;
  // Whether a further attempt is announced by a warning.
  bool announces_attempts = true;
};

// kMissing: the server says that there is no such file. kUnreachable: it cannot be asked, or gives
// no answer; another time it may. kWrong: what it gives, or would give, is not what was expected.
enum class DownloadFault { kMissing, kUnreachable, kWrong };

class DownloadError : public Error {
 public:
  DownloadError(const std::string& message, DownloadFault fault)
      : Error(message, FailureClass::kIo), fault_(fault) {}
  DownloadFault fault() const { return fault_; }

 private:
  DownloadFault fault_;
};

// Downloads `url` and leaves it at `target`, replacing what is there only at the very end; returns
// the SHA-256 of it. Missing folders are created.
//
// Bytes go to `target` + ".part", which survives Ctrl-C, a kill or a broken line, and is continued
// by the next call (HTTP Range; a server that ignores it makes the download start over). One
// process at a time may write it. A complete download of the wrong size or digest never becomes
// `target`: its .part is deleted, and where part of it was from an earlier call, the download is
// tried once more from the start.
//
// Throws DownloadError, one line that names url and reason: malformed url or other protocol (also
// after a redirect; a redirect never leads to file://, nor from https to http), refusal by the
// server, wrong size, wrong digest, stalled or failing connection after the last attempt. Throws
// Error (io) for what the disk refuses.
std::string Download(const std::string& url, const std::filesystem::path& target,
                     const ExpectedFile& expected, const ProgressCallback& progress = {},
                     const DownloadPolicy& policy = {});

// The content of a small file of which nothing is known, at most policy.most_bytes. Otherwise as
// Download.
std::string DownloadText(const std::string& url, const ProgressCallback& progress = {},
                         const DownloadPolicy& policy = {});

}  // namespace dfkd
