#include "bench/store/probe.h"

#include <fcntl.h>
#include <fmt/ranges.h>
#include <sys/quota.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <thread>
#include <utility>

#include "bench/core/error.h"
#include "bench/io/file.h"
#include "bench/store/disk.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr double kLargestSkew = 10;                  // seconds; a lease is void after 60
constexpr auto kPatience = std::chrono::seconds(5);  // for a name to be listed
constexpr uint64_t kLittleSpace = uint64_t{1} << 30;
constexpr uint64_t kFewFiles = 10'000;  // a thousand stages
constexpr uint64_t kQuotaBlock = 1024;

void MeasureFiles(const fs::path& folder, StoreProbe& probe) {
  struct statvfs facts {};
  if (::statvfs(folder.c_str(), &facts) != 0) throw store::IoError("look at", folder, errno);
  if (facts.f_files > 0) probe.free_files = facts.f_favail;
}

// Silent where the system, or the file system, does not answer.
void MeasureQuota(const fs::path& folder, StoreProbe& probe) {
#ifdef SYS_quotactl_fd
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  struct dqblk quota {};
  const auto command = static_cast<unsigned>(QCMD(Q_GETQUOTA, USRQUOTA));
  const bool answered = ::syscall(SYS_quotactl_fd, descriptor, command, ::geteuid(), &quota) == 0;
  ::close(descriptor);
  if (!answered) return;
  probe.quota_bytes = LeftOfQuota(quota.dqb_bhardlimit * kQuotaBlock,
                                  quota.dqb_bsoftlimit * kQuotaBlock, quota.dqb_curspace);
  probe.quota_files = LeftOfQuota(quota.dqb_ihardlimit, quota.dqb_isoftlimit, quota.dqb_curinodes);
#else
  (void)folder, (void)probe;
#endif
}

class Probing {
 public:
  explicit Probing(const fs::path& folder) : folder_(folder) {}

  StoreProbe Run() {
    Try([this] { RenameFolders(); });
    Try([this] { MakeNameOnce(); });
    Try([this] { MeasureVisibility(); });
    Try([this] { CompareClocks(); });
    Try([this] { MeasureSpace(); });
    return std::move(probe_);
  }

 private:
  template <class Action>
  void Try(Action action) {
    try {
      action();
    } catch (const std::exception& e) {
      Problem(e.what());
    }
  }

  void Problem(std::string text) { probe_.problems.push_back(std::move(text)); }

  void RenameFolders() {
    const auto ours = folder_ / "ours", theirs = folder_ / "theirs";
    WriteFileAtomically(ours / "file", "ours");
    WriteFileAtomically(theirs / "file", "theirs");
    if (::rename(ours.c_str(), theirs.c_str()) == 0) {
      Problem(
          "a folder can be renamed over one that has content: of two results, one would be lost");
    } else if (errno != EEXIST && errno != ENOTEMPTY) {
      throw store::IoError("rename", ours, errno);
    }
    store::Rename(theirs, folder_ / "place");
  }

  void MakeNameOnce() {
    const auto file = folder_ / "once";
    const bool first = store::WriteNewFile(file, "1"), second = store::WriteNewFile(file, "2");
    if (!first || second || ReadBytes(file) != "1")
      Problem("a name can be made twice: two failures of one stage would be one");
  }

  void MeasureVisibility() {
    const auto listed = [this] {
      for (const auto& entry : fs::directory_iterator(folder_)) {
        if (entry.path().filename() == "visible") return true;
      }
      return false;
    };
    listed();  // so that a cache has something to be wrong about
    WriteFileAtomically(folder_ / "visible", "x");
    const auto start = Clock::now();
    while (!listed() && Clock::now() - start < kPatience)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    probe_.visible_seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (probe_.visible_seconds >= 1) {
      Problem(fmt::format("a new name is listed after {:.1f} s: stages will be computed twice",
                          probe_.visible_seconds));
    }
  }

  void CompareClocks() {
    const auto file = folder_ / "clock";
    WriteFileAtomically(file, "x");
    const auto here = std::chrono::system_clock::now().time_since_epoch();
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) throw store::IoError("look at", file, errno);
    probe_.skew_seconds = static_cast<double>(store::Nanoseconds(status.st_mtim)) / 1e9 -
                          std::chrono::duration<double>(here).count();
    if (std::abs(probe_.skew_seconds) > kLargestSkew) {
      Problem(fmt::format("its clock is {:.0f} s off that of this host; at most {:.0f} are well",
                          probe_.skew_seconds, kLargestSkew));
    }
  }

  void MeasureSpace() {
    WriteFileAtomically(folder_ / "space", std::string(1 << 20, 'x'));  // a quota may be used up
    probe_.free_bytes = fs::space(folder_).available;
    MeasureFiles(folder_, probe_);
    MeasureQuota(folder_, probe_);
    for (auto& problem : ProblemsOfSpace(probe_)) Problem(std::move(problem));
  }

  const fs::path folder_;
  StoreProbe probe_;
};

}  // namespace

std::optional<uint64_t> LeftOfQuota(uint64_t hard, uint64_t soft, uint64_t used) {
  const auto limit = hard > 0 ? hard : soft;
  if (limit == 0) return std::nullopt;
  return limit - std::min(limit, used);
}

std::vector<std::string> ProblemsOfSpace(const StoreProbe& probe) {
  std::vector<std::string> problems;
  if (probe.free_bytes < kLittleSpace)
    problems.push_back(fmt::format("only {} MB are free", probe.free_bytes / 1'000'000));
  if (probe.free_files && *probe.free_files < kFewFiles)
    problems.push_back(fmt::format("only {} more files can be made", *probe.free_files));
  if (probe.quota_bytes && *probe.quota_bytes < kLittleSpace)
    problems.push_back(
        fmt::format("the quota of this user leaves only {} MB", *probe.quota_bytes / 1'000'000));
  if (probe.quota_files && *probe.quota_files < kFewFiles)
    problems.push_back(
        fmt::format("the quota of this user leaves only {} files", *probe.quota_files));
  return problems;
}

std::string TellFilesAndQuota(const StoreProbe& probe) {
  std::vector<std::string> parts;
  if (probe.free_files)
    parts.push_back(fmt::format("{} more files can be made", *probe.free_files));
  if (probe.quota_bytes)
    parts.push_back(
        fmt::format("the quota of this user leaves {} MB", *probe.quota_bytes / 1'000'000));
  if (probe.quota_files)
    parts.push_back(fmt::format("the quota of this user leaves {} files", *probe.quota_files));
  return parts.empty() ? "" : fmt::format("  {}\n", fmt::join(parts, "; "));
}

StoreProbe ProbeStore(const fs::path& root) {
  const auto folder = root / (".new-" + store::NewToken());
  try {
    store::CreateFolders(folder);
    auto probe = Probing(folder).Run();
    store::RemoveTree(folder, root);
    return probe;
  } catch (const Error& e) {
    return {.problems = {e.what()}};
  }
}

}  // namespace dfkd
