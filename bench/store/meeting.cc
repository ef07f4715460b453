#include "bench/store/meeting.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <thread>

#include "bench/core/error.h"
#include "bench/core/json.h"
#include "bench/core/log.h"
#include "bench/io/file.h"
#include "bench/store/disk.h"
#include "bench/store/lease_record.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr const char* kMeetingPrefix = ".new-meeting-";  // swept like all that was left half made
constexpr milliseconds kMeetingNap{10};
constexpr std::chrono::seconds kMeetingBeat{1};
// Above what a network file system keeps of a folder before it asks again.
constexpr std::chrono::seconds kGivenUp{90};
constexpr double kSlowEcho = 2;  // seconds, there and back

struct Hello {
  std::string token, host, with;  // with: the token of whom it has chosen
  double skew_seconds = 0;
  std::optional<store::LeaseRecord> process = std::nullopt;
  fs::file_time_type said = {};
};

// Of two processes of one machine the earlier was ended, and its folder stayed: nobody here can see
// that it is gone.
bool AreOfOneMachine(const Hello& one, const Hello& other) {
  if (!one.process || !other.process) return false;
  return one.process->host == other.process->host && one.process->boot == other.process->boot &&
         one.process->pid_namespace == other.process->pid_namespace;
}

// One side of it. What a host writes lies in a folder of its own: nothing is written by both.
class Meeting {
 public:
  Meeting(const fs::path& root, double skew_seconds, milliseconds patience)
      : root_(root),
        patience_(patience),
        skew_seconds_(skew_seconds),
        token_(store::NewToken()),
        own_(root / (kMeetingPrefix + token_)) {
    store::CreateFolders(own_);
  }
  ~Meeting() {
    try {
      store::RemoveTree(own_, root_);
    } catch (const Error& e) {  // gc removes it one day
      spdlog::warn("{}", e.what());
    }
  }
  Meeting(const Meeting&) = delete;
  Meeting& operator=(const Meeting&) = delete;

  StoreMeeting Hold() {
    FindOther();
    SayHello();
    AwaitOther("choose this host", [this] { return ReadHello(theirs_).with == token_; });
    StoreMeeting seen{.host = other_.host, .skew_seconds = other_.skew_seconds};
    seen.made_seconds =
        Echo([this] { store::WriteNewFile(own_ / "made", "x"); }, [this] { return Lists("made"); });
    seen.renamed_seconds = Echo([this] { store::Rename(own_ / "made", own_ / "renamed"); },
                                [this] { return Lists("renamed") && !Lists("made"); });
    seen.removed_seconds =
        Echo([this] { Remove(own_ / "renamed"); }, [this] { return !Lists("renamed"); });
    Leads() ? Tell(seen) : Hear(seen);
    return seen;
  }

 private:
  static void Remove(const fs::path& file) {
    std::error_code failed;
    fs::remove(file, failed);
    if (failed) throw store::IoError("remove", file, failed.value());
  }

  bool Leads() const { return token_ < other_.token; }

  // Again and again, with another content, so that the file server stamps it anew.
  void SayHello() {
    const Json hello = {{"host", store::HostName()},
                        {"process", store::ToText(store::OwnRecord())},
                        {"skew_seconds", skew_seconds_},
                        {"with", other_.token},
                        {"beat", ++beats_}};
    WriteFileSoon(own_ / "hello.json", Canonical(hello));
    said_ = Clock::now();
  }

  // Its token is "" if nobody is there, or is no longer.
  Hello ReadHello(const fs::path& folder) const try {
    const auto json = ReadJson(folder / "hello.json");
    const auto process = store::LeaseRecordFrom(json.at("process").get<std::string>());
    const auto said = fs::last_write_time(folder / "hello.json");
    const auto age = fs::last_write_time(own_ / "hello.json") - said;
    if (age > kGivenUp || (process && store::ProcessIsGone(*process))) return {};
    const auto token = folder.filename().string().substr(std::string(kMeetingPrefix).size());
    return {token, json.at("host"), json.at("with"), json.at("skew_seconds"), process, said};
  } catch (const std::exception&) {  // it comes or goes at this moment
    return {};
  }

  // Those that have chosen nobody else.
  std::vector<Hello> Others() const {
    std::vector<Hello> others;
    for (const auto& entry : store::EntriesIn(root_)) {
      const auto name = entry.path().filename().string();
      if (!name.starts_with(kMeetingPrefix) || entry.path() == own_) continue;
      auto hello = ReadHello(entry.path());
      const bool free = hello.with.empty() || hello.with == token_;
      if (hello.token.empty() || !free) continue;
      const auto same = std::find_if(others.begin(), others.end(), [&](const Hello& other) {
        return AreOfOneMachine(other, hello);
      });
      if (same == others.end()) {
        others.push_back(std::move(hello));
      } else if (same->said < hello.said) {
        *same = std::move(hello);
      }
    }
    return others;
  }

  void FindOther() {
    for (const auto until = Clock::now() + patience_;;) {
      if (Clock::now() - said_ >= kMeetingBeat) SayHello();
      const auto others = Others();
      if (others.size() > 1)
        throw MakeError("{}: {} others came to meet; two hosts meet at a time", root_.string(),
                        others.size());
      if (!others.empty()) {
        other_ = others.front();
        theirs_ = root_ / (kMeetingPrefix + other_.token);
        return;
      }
      if (Clock::now() >= until) {
        throw MakeError(
            "{}: nobody came within {:.3g} s; give the same command on another host at the same "
            "time",
            root_.string(), std::chrono::duration<double>(patience_).count());
      }
      std::this_thread::sleep_for(kMeetingNap);
    }
  }

  bool Await(const std::function<bool()>& condition) const {
    for (const auto until = Clock::now() + patience_; !condition();) {
      if (Clock::now() >= until) return false;
      std::this_thread::sleep_for(kMeetingNap);
    }
    return true;
  }
  void AwaitOther(const std::string& what, const std::function<bool()>& condition) const {
    if (Await(condition)) return;
    throw MakeError("{}: {} did not {} within {:.3g} s, or it is not seen here", root_.string(),
                    other_.host, what, std::chrono::duration<double>(patience_).count());
  }

  bool Lists(const std::string& name) const {
    const auto entries = store::EntriesIn(theirs_);
    return std::any_of(entries.begin(), entries.end(),
                       [&](const auto& entry) { return entry.path().filename() == name; });
  }

  // One host leads, the other does the same as soon as it sees it. Only the former knows how long
  // that took.
  double Echo(const std::function<void()>& act, const std::function<bool()>& seen) const {
    if (Leads()) act();
    const auto start = Clock::now();
    AwaitOther("go on", seen);
    if (!Leads()) act();
    return std::chrono::duration<double>(Clock::now() - start).count();
  }

  // Both folders stay until the other one has read: for a while, if that is not seen.
  void Tell(const StoreMeeting& seen) const {
    const Json result = {{"made", seen.made_seconds},
                         {"renamed", seen.renamed_seconds},
                         {"removed", seen.removed_seconds}};
    WriteFileSoon(own_ / "result.json", Canonical(result));
    Await([this] { return Lists("read"); });
  }
  void Hear(StoreMeeting& seen) const {
    AwaitOther("tell what it measured", [this] { return Lists("result.json"); });
    const auto result = ReadJson(theirs_ / "result.json");
    seen.made_seconds = result.at("made");
    seen.renamed_seconds = result.at("renamed");
    seen.removed_seconds = result.at("removed");
    store::WriteNewFile(own_ / "read", "x");
    Await([this] { return store::EntriesIn(theirs_).empty(); });
  }

  const fs::path root_;
  const milliseconds patience_;
  const double skew_seconds_;
  const std::string token_;
  const fs::path own_;
  Hello other_;
  fs::path theirs_;
  int beats_ = 0;
  Clock::time_point said_ = Clock::now() - kMeetingBeat;
};

void RequireSoon(const char* what, double seconds, StoreMeeting& met) {
  if (seconds < kSlowEcho) return;
  met.problems.push_back(
      fmt::format("what one host {} is seen by the other, and that by the first, after {:.1f} s: "
                  "stages will be computed twice",
                  what, seconds));
}

}  // namespace

StoreMeeting MeetAtStore(const fs::path& root, double skew_seconds, milliseconds patience) {
  auto met = Meeting(root, skew_seconds, patience).Hold();
  RequireSoon("makes", met.made_seconds, met);
  RequireSoon("renames", met.renamed_seconds, met);
  RequireSoon("removes", met.removed_seconds, met);
  return met;
}

}  // namespace dfkd
