// The lease half of work.h.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <fstream>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "bench/core/log.h"
#include "bench/store/disk.h"
#include "bench/store/guard.h"
#include "bench/store/lease_record.h"
#include "bench/store/work.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;
using std::chrono::nanoseconds;

fs::path LeaseOf(const fs::path& folder) { return folder / "lease"; }

bool SameFile(const fs::path& path, int descriptor) {
  struct stat named {
  }, held{};
  return ::stat(path.c_str(), &named) == 0 && ::fstat(descriptor, &held) == 0 &&
         named.st_ino == held.st_ino && named.st_dev == held.st_dev;
}

struct Seen {
  std::optional<store::LeaseRecord> record;
  nanoseconds touched{};
};

std::optional<Seen> Look(const fs::path& lease) {
  struct stat status {};
  if (::stat(lease.c_str(), &status) != 0) return std::nullopt;
  const auto touched =
      std::chrono::seconds(status.st_mtim.tv_sec) + nanoseconds(status.st_mtim.tv_nsec);
  std::ifstream file(lease);  // it may be released meanwhile: then there is no record
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return Seen{store::LeaseRecordFrom(text), touched};
}

// Stamps of the future are those of a clock that was set back: who still lives touches it soon.
bool IsVoidAt(const Seen& seen, nanoseconds now, const LeaseTiming& timing) {
  return now - seen.touched > timing.void_after || seen.touched - now > timing.void_after;
}

bool HolderIsGone(const Seen& seen) { return seen.record && store::ProcessIsGone(*seen.record); }

// Puts our lease file where there is none, or a void one.
bool TakeOver(const fs::path& folder, const LeaseTiming& timing, const store::LeaseRecord& ours) {
  const fs::path lease = LeaseOf(folder);
  const store::Guard guard(folder.parent_path());
  if (const auto seen = Look(lease)) {
    if (!HolderIsGone(*seen) && !IsVoidAt(*seen, guard.Now(), timing)) return false;
    ::unlink(lease.c_str());
    store::Reach("lease: void one removed");
  }
  store::CreateFolders(folder);
  if (!store::WriteNewFile(lease, store::ToText(ours))) return false;
  store::Reach("lease: written");
  return true;
}

bool Holds(int descriptor, const store::LeaseRecord& ours) {
  std::string text(4096, '\0');
  const auto bytes = ::pread(descriptor, text.data(), text.size(), 0);
  text.resize(static_cast<size_t>(std::max<ssize_t>(0, bytes)));
  return store::LeaseRecordFrom(text) == ours;
}

// What a dead holder left: outputs and torn checkpoints. Complete checkpoints are what links point
// to.
void RemoveLeftovers(const fs::path& folder) {
  std::vector<fs::path> keep, all;
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    all.push_back(entry->path());
    if (entry->is_symlink()) keep.push_back(folder / fs::read_symlink(entry->path(), failed));
    if (entry->is_symlink() || entry->path() == LeaseOf(folder)) keep.push_back(entry->path());
  }
  if (failed) throw store::IoError("read", folder, failed.value());
  for (const auto& path : all) {
    if (std::find(keep.begin(), keep.end(), path) == keep.end()) {
      store::RemoveTree(path, folder.parent_path());
    }
  }
}

}  // namespace

struct Lease::State {
  State(const fs::path& work_folder, LeaseTiming lease_timing, int open_lease)
      : folder(work_folder), timing(lease_timing), owner(::getpid()), descriptor(open_lease) {
    toucher = std::thread([this] { Touch(); });
  }

  ~State() {
    Stop();
    Release();
    Close();
  }

  // Through the descriptor: whoever takes the name over is never kept alive by us.
  void Touch() {
    std::unique_lock lock(mutex);
    while (!wake.wait_for(lock, timing.touch_every, [this] { return stopping; })) {
      ::futimens(descriptor, nullptr);
    }
  }

  void Stop() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    wake.notify_all();
    if (toucher.joinable()) toucher.join();
  }

  bool Held() const { return descriptor >= 0 && SameFile(LeaseOf(folder), descriptor); }

  void Close() {
    if (descriptor >= 0) ::close(std::exchange(descriptor, -1));
  }

  void Release() noexcept try {
    if (descriptor < 0) return;
    const store::Guard guard(folder.parent_path());
    if (Held()) ::unlink(LeaseOf(folder).c_str());
  } catch (const Error&) {  // it becomes void when this process ends
  }

  // Closed before anything is removed: a network file system keeps the name of an open file, and
  // with it the folder.
  void RemoveWork() noexcept try {
    Stop();
    const fs::path work = folder.parent_path(), trash = work / (".trash-" + store::NewToken());
    {
      const store::Guard guard(work);
      if (!Held()) return;
      store::Rename(folder, trash);
    }
    Close();
    store::RemoveTree(trash, work);
  } catch (const Error& e) {
    spdlog::warn("{}", e.what());
  }

  fs::path folder;
  LeaseTiming timing;
  pid_t owner;
  int descriptor;
  std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;
  std::thread toucher;
};

// In a forked child neither the thread nor the lease is ours. There the state is abandoned: to
// destroy a condition variable on which a thread of the parent waits would wait for it for ever.
void Lease::Drop::operator()(State* state) const {
  if (state->owner == ::getpid()) delete state;
}

Lease::Lease(std::unique_ptr<State, Drop> state) : state_(std::move(state)) {}
Lease::Lease(Lease&&) noexcept = default;
Lease& Lease::operator=(Lease&&) noexcept = default;
Lease::~Lease() = default;

bool Lease::Held() const { return state_ != nullptr && state_->Held(); }

void Lease::RemoveWork() {
  if (state_ != nullptr) state_->RemoveWork();
}

std::optional<Lease> TryAcquire(const WorkFolder& work, LeaseTiming timing) {
  store::CreateFolders(work.folder().parent_path());
  const auto ours = store::OwnRecord();
  if (!TakeOver(work.folder(), timing, ours)) return std::nullopt;
  const int descriptor = ::open(LeaseOf(work.folder()).c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0 && errno == ENOENT) return std::nullopt;  // where nothing can be locked
  if (descriptor < 0) throw store::IoError("open", LeaseOf(work.folder()), errno);
  // Where nothing can be locked, or we slept, another may have taken it over before we opened it.
  if (!Holds(descriptor, ours)) return ::close(descriptor), std::nullopt;
  Lease acquired({new Lease::State(work.folder(), timing, descriptor), {}});
  RemoveLeftovers(work.folder());
  return acquired;
}

std::optional<std::string> DescribeLease(const WorkFolder& work) {
  const auto seen = Look(LeaseOf(work.folder()));
  if (!seen || HolderIsGone(*seen)) return std::nullopt;
  const auto clock = store::ClockOf(work.folder().parent_path());
  if (clock && IsVoidAt(*seen, *clock, {})) return std::nullopt;
  const auto now = clock.value_or(std::chrono::system_clock::now().time_since_epoch());
  const auto since = std::chrono::duration_cast<std::chrono::seconds>(now - seen->touched);
  const auto age = std::max<int64_t>(0, since.count());
  const auto record = seen->record.value_or(store::LeaseRecord{.host = "unknown host"});
  return fmt::format("{}, pid {}, touched {} s ago", record.host, record.pid, age);
}

}  // namespace dfkd
