// Failures are data: <root>/failures/<key>/<n>.json, n = 1, 2, …
//
// Errors: class io, one line, with the path. Threads: functions may be called from several threads
// and processes.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/core/error.h"

namespace dfkd {

struct Failure {
  FailureClass failure = FailureClass::kError;
  std::string message;  // one line
  // The last 4 KiB are kept.
  std::string log_tail;
  // What kind of machine it failed on (bench/engines/machine.h); "" if nobody said.
  std::string machine;
  // Filled in by Record:
  int64_t attempt = 0;  // counts from 1
  std::string host, created;
  // How often Slurm had started the job anew in which it failed; 0 outside of one.
  int64_t restarts = 0;
};

class Failures {
 public:
  // `root` is that of the store.
  explicit Failures(std::filesystem::path root);

  // Returns it as it was stored.
  Failure Record(const std::string& key, Failure failure) const;
  // Oldest first; unreadable ones are left out.
  std::vector<Failure> ReadAll(const std::string& key) const;
  // After success; none there is fine.
  void Clear(const std::string& key) const;

 private:
  std::filesystem::path FolderOf(const std::string& key) const;
  std::filesystem::path root_;
};

// Where a stage would be tried. Machines of one kind have the same name, hosts do not.
struct Place {
  std::string host, machine;
};
Place PlaceOnThisHost(const std::string& machine);

// Whether a stage with these failures may be tried (again): crash and io twice, lost without limit,
// all others once. With `here`, failures that another machine need not meet are left out: memory
// and timeout on another kind of machine, io on another host. The first `forgiven` do not count.
// `--retry-failed` is `forgiven` = how many there were when the run began: that gives every stage
// one more round, and not more.
bool MayTry(const std::vector<Failure>& failures, size_t forgiven = 0, const Place* here = nullptr);

// Whether anybody may try it (again), as far as it can be told from here: for whoever watches, or
// scores, what others compute. At any of `places` stages run at present, so what was too large for
// one kind of machine is not over where there is one of another kind; without such, it is. A disk
// is over for all only if it is this host's, or if two hosts gave up.
bool MayTrySomewhere(const std::vector<Failure>& failures, const std::vector<Place>& places = {});

}  // namespace dfkd
