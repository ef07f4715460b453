// Several remotes, asked in turn for each artifact, for several artifacts at a time. Built only
// with DFKD_FETCH.
#pragma once
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "bench/store/artifact_source.h"
#include "bench/store/remote.h"

namespace dfkd {

// A remote that cannot be asked costs a warning and is left alone for `first_pause`, which doubles
// up to `longest_pause` as long as it does not answer. One that gives what is wrong costs a warning
// for each artifact; after kMostWrong in a row it is not asked any more. What a remote has answered
// for good, that it has no such artifact or a wrong one, it is not asked again.
class RemoteCache final : public ArtifactSource {
 public:
  struct Timing {
    std::chrono::milliseconds first_pause{5'000}, longest_pause{300'000};
  };
  static constexpr int kMostWrong = 5;

  // The store must outlive the cache.
  RemoteCache(const Store& store, std::vector<Remote> remotes);
  RemoteCache(const Store& store, std::vector<Remote> remotes, Timing timing);

  size_t Fetch(const std::vector<std::string>& refs,
               const std::function<bool(const SourceProgress&)>& tick) override;
  std::vector<std::string> Outstanding() const override;
  std::optional<std::chrono::steady_clock::time_point> AskAgain() const override;

 private:
  using Clock = std::chrono::steady_clock;

  struct Peer {
    Remote remote;
    Clock::time_point resting_until{};
    std::chrono::milliseconds pause{0};  // 0: it answered last time
    int wrong_in_a_row = 0;
    bool given_up = false;
    bool has_more = false;          // perhaps, of what it was not asked for while it rested
    std::set<std::string> settled;  // refs that it has answered for good
    std::map<std::string, int> unanswered{};  // how often, by ref
    bool has_given = false;
    std::set<std::string> owed{};  // refs that it has and did not give, or may have: it has given
  };

  bool BringOne(const std::string& ref, const ProgressCallback& progress);
  bool MayAsk(Peer& peer, const std::string& ref);
  bool Ask(Peer& peer, const std::string& ref, const ProgressCallback& progress);
  void Answered(Peer& peer, const std::string& ref, Remote::Answer answer);
  void Rest(Peer& peer, const std::string& ref, const std::string& why);
  void Distrust(Peer& peer, const std::string& ref, const std::string& why);

  const Store& store_;
  const Timing timing_;
  mutable std::mutex mutex_;  // of all below
  std::vector<Peer> peers_;
};

}  // namespace dfkd
