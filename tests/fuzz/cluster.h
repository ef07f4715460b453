// What a cluster hands over: answers of its scheduler, its site file, groups of its kernel, and
// records that other nodes left in a shared store. Above bench/engines.
#pragma once
#include <unistd.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bench/engines/control_group.h"
#include "bench/engines/slurm_attempts.h"
#include "bench/engines/slurm_canary.h"
#include "bench/engines/slurm_commands.h"
#include "bench/engines/slurm_jobs.h"
#include "bench/engines/slurm_site.h"
#include "bench/engines/wire.h"
#include "bench/store/lease_record.h"
#include "tests/fuzz/parsers.h"
#include "tests/fuzz/scratch.h"

namespace dfkd::fuzz {

// What squeue said.
inline void ReadQueue(std::string_view bytes) {
  const auto tasks = slurm::ParseQueue(std::string(bytes));
  if (!tasks) throw MakeError("fuzz: no answer");
  for (const auto& task : *tasks) {
    const auto line = task.id + task.state + task.node + task.reason;
    if (task.id.find('_') == task.id.npos) throw std::logic_error("no task of an array");
    if (task.state.empty() || line.find('\n') != line.npos) throw std::logic_error("no line");
  }
}

// A site file, and the script that is made of it: no text of it begins a line of its own, but those
// that are lines of shell.
inline void ReadSiteFile(std::string_view bytes) {
  WriteScratch("slurm.json", bytes);
  auto site = ReadSlurmSite(Scratch() / "slurm.json");
  if (site.LeadSeconds() < 1 || site.LeadSeconds() > 120) throw std::logic_error("no lead");
  for (const auto& node : site.Excluded()) {
    if (node.empty()) throw std::logic_error("a node without a name");
  }
  site.setup.clear();
  const auto script = SlurmJobs(Scratch() / "jobs").Script(site, {}, {"dfkd"}, 3, {});
  for (size_t at = script.find('\n'); at != script.npos; at = script.find('\n', at + 1)) {
    const auto next = std::string_view(script).substr(at + 1);
    if (!next.empty() && !next.starts_with("#SBATCH --") && !next.starts_with("exec "))
      throw std::logic_error("a line of its own");
  }
}

// Words of sbatch and squeue, and what the kernel says of control groups.
inline void ReadClusterWords(std::string_view bytes) {
  const std::string text(bytes);
  const auto seconds = SlurmSeconds(text);
  if (seconds && !(std::isfinite(*seconds) && *seconds >= 0)) throw std::logic_error("no duration");
  for (const auto& node : NodesExcludedBy(text)) {
    if (node.empty()) throw std::logic_error("a node without a name");
  }
  const ControlGroup group(text, Scratch() / "cgroup");
  (void)group.Cores();
  (void)group.MemoryBytes();
  (void)group.OomKills();
  if (!seconds) (void)ParseBudget(text);
}

// What a worker on another node wrote down of itself.
inline void ReadAttemptText(std::string_view bytes) {
  const Quiet quiet;
  const auto folder = EmptyScratch("plan");
  WriteScratch("plan/attempts/a.json", bytes);
  const SlurmJobs jobs(folder);
  const auto attempts = ReadAttempts(jobs);
  if (attempts.empty()) throw MakeError("fuzz: no attempt");
  (void)PlacesOf(attempts);
  (void)BadNodes(attempts);
  (void)IsSpent("20gpuh", attempts);
  WriteAttempt(jobs, "a", attempts.front());
  const auto again = ReadAttempts(jobs);
  const bool same = again.size() == 1 && again[0].task == attempts[0].task &&
                    again[0].process == attempts[0].process &&
                    again[0].failed.size() == attempts[0].failed.size();
  if (!same) throw std::logic_error("another attempt after a round trip");
}

inline std::string AttemptSeed() {
  const SlurmJobs jobs(EmptyScratch("plan"));
  WriteAttempt(jobs, "a",
               {.task = "17_3",
                .node = "n1",
                .machine = "a CPU",
                .waited_seconds = 3.5,
                .process = store::OwnRecord(),
                .begun = "2024-05-31T12:00:00Z",
                .seconds = 60,
                .stages = 1,
                .failed = {{std::string(64, '0'), FailureClass::kMemory, 2.5, "teacher"}},
                .ended = "its time was up"});
  return ReadBytes(jobs.folder() / "attempts/a.json");
}

// What another node says that it computed of the stage that all know.
inline void ReadCanaryText(std::string_view bytes) {
  namespace fs = std::filesystem;
  const Quiet quiet;
  const auto root = EmptyScratch("canaries");
  const CanaryBits ours{"here", std::string(64, '0'), {{"device", "cpu"}}, std::string(64, '1')};
  (void)CompareCanary(root, ours);
  for (const auto& of_class : fs::directory_iterator(root / "canary"))
    WriteScratch(of_class.path() / "another.json", bytes);
  (void)CompareCanary(root, ours);
}

// Bytes of a worker as lines: none is lost, and none added.
inline void ReadWire(std::string_view bytes) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::logic_error("no pipe");
  const auto part = bytes.substr(0, 60000);  // what a pipe holds while nobody reads
  const bool sent = ::write(ends[1], part.data(), part.size()) == static_cast<ssize_t>(part.size());
  ::close(ends[1]);
  LineBuffer lines;
  while (lines.Fill(ends[0])) {
  }
  ::close(ends[0]);
  std::string all;
  while (const auto line = lines.Next()) all += *line + "\n";
  if (!sent || all != part.substr(0, part.rfind('\n') + 1)) throw std::logic_error("other lines");
}

inline std::vector<Parser> ClusterTexts() {
  return {
      {"queue",
       ReadQueue,
       {"JOBID|STATE|NODELIST|REASON\n17_3|RUNNING|n1|None\n17_[4-9%2]|PENDING||(Priority|x)\n"}},
      {"slurm_site",
       ReadSiteFile,
       {R"({"partition":"gpu,cpu","account":"a","gres":"gpu:1","memory":"8G","time":"1-02:03:04",)"
        R"("workers":4,"array_limit":1000,"flags":["--exclude=n[1-3],n7","--qos=low"],)"
        R"("setup":["module load cuda"]})"},
       Grammar::kJson},
      {"cluster_words",
       ReadClusterWords,
       {"1-02:03:04", "20.5gpuh", "--exclude=a,b[1-3],'c'", "0::/user.slice/a\n4:memory,cpu:/b\n"}},
      {"attempt", ReadAttemptText, {AttemptSeed()}, Grammar::kJson},
      {"canary",
       ReadCanaryText,
       {R"({"node":"there","digest":"00","numerics":{"device":"cpu"}})"},
       Grammar::kJson},
      {"wire", ReadWire, {"{\"progress\":{\"done\":1}}\n{}\nhalf"}},
  };
}

}  // namespace dfkd::fuzz
