#include "bench/store/remote_cache.h"

#include <algorithm>
#include <condition_variable>
#include <thread>
#include <utility>

#include "bench/core/error.h"
#include "bench/core/log.h"
#include "bench/core/printable.h"
#include "bench/store/reasons.h"

namespace dfkd {
namespace {

using std::chrono::milliseconds;

constexpr size_t kMostThreads = 4;
constexpr milliseconds kTick{200};
constexpr int kMostUnanswered = 2;  // for one artifact: others may have better luck

// Thrown through a download that was begun when the run was told to stop.
struct FetchStopped {};

// Threads that take one ref after the other, and what they have come to.
class FetchPool {
 public:
  using Bring = std::function<bool(const std::string&, const ProgressCallback&)>;

  FetchPool(const std::vector<std::string>& refs, Bring bring)
      : refs_(refs), bring_(std::move(bring)) {
    const size_t threads = std::min(kMostThreads, refs.size());
    running_ = threads;
    for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
  }
  ~FetchPool() {
    stopped_ = true;
    for (auto& thread : threads_) thread.join();
  }
  FetchPool(const FetchPool&) = delete;
  FetchPool& operator=(const FetchPool&) = delete;

  size_t Wait(const std::function<bool(const SourceProgress&)>& tick) {
    std::unique_lock lock(mutex_);
    while (!ended_.wait_for(lock, kTick, [this] { return running_ == 0; })) {
      if (!tick({looked_at_, refs_.size(), fetched_, bytes_})) stopped_ = true;
    }
    return fetched_;
  }

 private:
  void Work() {
    for (size_t i = next_++; i < refs_.size() && !stopped_; i = next_++) {
      fetched_ += BringAndCount(refs_[i]) ? 1 : 0;
      ++looked_at_;
    }
    const std::lock_guard lock(mutex_);
    if (--running_ == 0) ended_.notify_all();
  }

  bool BringAndCount(const std::string& ref) try {
    uint64_t before = 0;
    return bring_(ref, [this, before](uint64_t done, uint64_t) mutable {
      if (stopped_) throw FetchStopped();
      if (done > before) bytes_ += done - before;
      before = done;
    });
  } catch (const FetchStopped&) {
    return false;
  } catch (const std::exception& e) {  // of our own disk: what is computed will meet it, too
    spdlog::warn("{}: not fetched: {}", ref, Printable(e.what()));
    if (store::ConcernsEveryStage(FailureClass::kIo, e.what())) stopped_ = true;
    return false;
  }

  const std::vector<std::string>& refs_;
  const Bring bring_;
  std::atomic<size_t> next_{0}, looked_at_{0}, fetched_{0};
  std::atomic<uint64_t> bytes_{0};
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::condition_variable ended_;
  size_t running_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace

RemoteCache::RemoteCache(const Store& store, std::vector<Remote> remotes)
    : RemoteCache(store, std::move(remotes), Timing()) {}

RemoteCache::RemoteCache(const Store& store, std::vector<Remote> remotes, Timing timing)
    : store_(store), timing_(timing) {
  for (auto& remote : remotes) peers_.push_back(Peer{std::move(remote)});
}

size_t RemoteCache::Fetch(const std::vector<std::string>& refs,
                          const std::function<bool(const SourceProgress&)>& tick) {
  {
    const std::lock_guard lock(mutex_);
    for (auto& peer : peers_) peer.has_more = false;
  }
  FetchPool pool(refs, [this](const std::string& ref, const ProgressCallback& progress) {
    return BringOne(ref, progress);
  });
  return pool.Wait(tick);
}

std::vector<std::string> RemoteCache::Outstanding() const {
  const std::lock_guard lock(mutex_);
  std::set<std::string> refs;
  for (const auto& peer : peers_) refs.insert(peer.owed.begin(), peer.owed.end());
  return {refs.begin(), refs.end()};
}

std::optional<RemoteCache::Clock::time_point> RemoteCache::AskAgain() const {
  const std::lock_guard lock(mutex_);
  std::optional<Clock::time_point> first;
  for (const auto& peer : peers_) {
    const bool worth_it = peer.has_more && !peer.given_up;
    if (worth_it && (!first || peer.resting_until < *first)) first = peer.resting_until;
  }
  return first;
}

bool RemoteCache::BringOne(const std::string& ref, const ProgressCallback& progress) {
  for (auto& peer : peers_) {
    if (!MayAsk(peer, ref) || !Ask(peer, ref, progress)) continue;
    const std::lock_guard lock(mutex_);
    for (auto& other : peers_) other.owed.erase(ref);
    return true;
  }
  return false;
}

bool RemoteCache::MayAsk(Peer& peer, const std::string& ref) {
  const std::lock_guard lock(mutex_);
  if (peer.given_up || peer.settled.contains(ref)) return false;
  const bool rests = Clock::now() < peer.resting_until;
  peer.has_more |= rests;
  if (rests && peer.has_given) peer.owed.insert(ref);
  return !rests;
}

bool RemoteCache::Ask(Peer& peer, const std::string& ref, const ProgressCallback& progress) try {
  const auto answer = peer.remote.Fetch(store_, ref, progress);
  Answered(peer, ref, answer);
  return answer == Remote::Answer::kFetched;
} catch (const DownloadError& e) {
  if (e.fault() == DownloadFault::kUnreachable) {
    Rest(peer, ref, e.what());
  } else {
    Distrust(peer, ref, e.what());
  }
  return false;
} catch (const std::exception&) {  // of our own disk: the remote has offered it
  const std::lock_guard lock(mutex_);
  peer.owed.insert(ref);
  throw;
}

void RemoteCache::Answered(Peer& peer, const std::string& ref, Remote::Answer answer) {
  const std::lock_guard lock(mutex_);
  peer.pause = milliseconds(0);
  peer.resting_until = {};
  peer.wrong_in_a_row = 0;
  using enum Remote::Answer;
  if (answer == kFetched) peer.has_given = true;
  if (answer == kBusy) peer.owed.insert(ref);
  if (answer != kMissing) return;
  peer.settled.insert(ref);
  peer.owed.erase(ref);
}

void RemoteCache::Rest(Peer& peer, const std::string& ref, const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (++peer.unanswered[ref] >= kMostUnanswered) peer.settled.insert(ref);
  peer.has_more = true;
  if (peer.has_given) peer.owed.insert(ref);
  if (Clock::now() < peer.resting_until) return;  // another thread has said so
  const bool told = peer.pause.count() > 0;
  peer.pause = std::clamp(2 * peer.pause, timing_.first_pause, timing_.longest_pause);
  peer.resting_until = Clock::now() + peer.pause;
  if (told) return;
  spdlog::warn("remote {}: {}; left alone for a while, what it may have is computed",
               peer.remote.url(), Printable(why));
}

void RemoteCache::Distrust(Peer& peer, const std::string& ref, const std::string& why) {
  const std::lock_guard lock(mutex_);
  peer.settled.insert(ref);
  peer.owed.insert(ref);
  if (peer.given_up) return;
  spdlog::warn("refused: {}", Printable(why));
  if (++peer.wrong_in_a_row < kMostWrong) return;
  peer.given_up = true;
  spdlog::warn("remote {}: gave what is wrong {} times in a row, it is not asked any more",
               peer.remote.url(), kMostWrong);
}

}  // namespace dfkd
