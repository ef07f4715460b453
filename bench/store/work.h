// Work in progress: <root>/work/<key>/ with a `lease` (who works on it), checkpoints, and folders
// in which the outputs are staged. Everything here may be lost or doubled without harm: a lease
// saves work, it never guarantees correctness; that is what Store::Publish does.
//
// Errors: class io, one line, with the path. Threads: functions may be called from several threads
// and processes.
#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace dfkd {

class WorkFolder {
 public:
  // Nothing is created yet. Throws Error unless `key` is 64 lower-case hex digits.
  WorkFolder(const std::filesystem::path& root, const std::string& key);

  const std::filesystem::path& folder() const { return folder_; }

  // A new, empty folder for outputs, to be published. Each call makes another: a twin that lost its
  // lease cannot write into ours.
  std::filesystem::path NewStaging() const;

  // The newest complete checkpoint of that name, a file or a folder; nullopt if there is none.
  std::optional<std::filesystem::path> Checkpoint(const std::string& name) const;
  // `write` gets a path that does not exist and makes a file or a folder there. Then that is synced
  // and takes the place of the older one in one step: a torn checkpoint cannot be seen. If `write`
  // throws, the older one stays.
  void WriteCheckpoint(const std::string& name,
                       const std::function<void(const std::filesystem::path&)>& write) const;

  // Makes Checkpoint say that there is none of that name, after it turned out to be of no use. None
  // there is fine.
  void DropCheckpoint(const std::string& name) const;

 private:
  std::filesystem::path folder_;
};

// What is computed in a work folder and how far it is, for people who ask.
struct WorkNote {
  std::string label;
  int64_t done = 0, total = 0;  // total 0: nobody has said yet
};

// Kept by the holder of the lease; gone with the folder, or when the next one acquires it. Costs a
// small file now and then: one at the beginning, then one every `every`. Throws nothing, and makes
// no folder: it is no harm if nothing is told. For one thread; `work` must outlive it.
class WorkNotes {
 public:
  WorkNotes(const WorkFolder& work, std::string label,
            std::chrono::milliseconds every = std::chrono::seconds(10));
  void Tell(int64_t done, int64_t total);

 private:
  using Clock = std::chrono::steady_clock;
  void Write() const;

  const WorkFolder& work_;
  WorkNote note_;
  const std::chrono::milliseconds every_;
  Clock::time_point next_;
};

// The last that was written; nullopt if there is none. Throws nothing.
std::optional<WorkNote> ReadNote(const WorkFolder& work);

// A lease is void when its process is gone (told apart by host, boot, process namespace, id and
// start time) or when it was not touched for `void_after`, by the clock of the file system. Nor may
// it be touched so long after now: that clock was set back, and who lives touches it again.
struct LeaseTiming {
  std::chrono::milliseconds touch_every{10'000};
  std::chrono::milliseconds void_after{60'000};
};

// Held until destroyed, kept alive by a thread of its own. Movable. Destroying a forked child's
// copy releases nothing.
class Lease {
 public:
  Lease(Lease&&) noexcept;
  Lease& operator=(Lease&&) noexcept;
  ~Lease();

  // False once somebody took it over, because this process slept for too long. Then what is in the
  // work folder is another's, and what this process staged there may be gone.
  bool Held() const;

  // For the holder, after publication: removes the work folder with all in it and releases. If the
  // lease is not held any more, nothing is touched. Throws nothing: the work is done, so what
  // cannot be removed is a warning.
  void RemoveWork();

 private:
  friend std::optional<Lease> TryAcquire(const WorkFolder&, LeaseTiming);
  struct State;
  struct Drop {
    void operator()(State* state) const;
  };
  explicit Lease(std::unique_ptr<State, Drop> state);
  std::unique_ptr<State, Drop> state_;
};

// Nullopt if somebody else, perhaps this process, holds a lease that is not void. Never waits for
// the holder. Whoever acquired should look into the store once more: the work may have been
// finished a moment ago.
std::optional<Lease> TryAcquire(const WorkFolder& work, LeaseTiming timing = {});

// Who holds it, for people: "host, pid 1234, touched 12 s ago"; nullopt if there is no lease or it
// is void. Where nothing can be written, and so the clock of the file system is not known, no time
// makes it so.
std::optional<std::string> DescribeLease(const WorkFolder& work);

// Removes what killed processes left below <root>/work: folders half removed an hour ago or longer,
// and work folders that nobody holds of keys for which `is_finished`. Throws nothing: it is no
// harm if they stay.
void SweepWork(const std::filesystem::path& root,
               const std::function<bool(const std::string& key)>& is_finished);

}  // namespace dfkd
