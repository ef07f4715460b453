#include "bench/engines/slurm_canary.h"

#include <future>
#include <sstream>
#include <thread>

#include "bench/engines/slurm_commands.h"
#include "bench/io/file.h"
#include "bench/store/disk.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

constexpr auto kLogIsSeen = std::chrono::seconds(10);  // at the latest, on a network file system

struct SentCanary {
  CanaryJob job;
  std::future<slurm::Answer> answer;
};

std::vector<std::string> PartitionsOf(const SlurmSite& site) {
  std::vector<std::string> partitions;
  std::istringstream in(site.partition);
  for (std::string partition; std::getline(in, partition, ',');) partitions.push_back(partition);
  return partitions.empty() ? std::vector<std::string>{""} : partitions;
}

// What the job wrote; "" if it cannot be seen from here.
std::string LogOf(const fs::path& file, std::chrono::seconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!store::Exists(file) && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  return store::Exists(file) ? ReadBytes(file) : "";
}

std::string ReasonIn(const std::string& log) {
  std::string last, problem;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) last = line;
    if (line.find("problem") != std::string::npos) problem = line;
  }
  return problem.empty() ? last : problem;
}

// "" if it went well.
std::string WhyNot(const CanaryJob& job, const slurm::Answer& answer,
                   std::chrono::seconds patience) {
  if (answer.code < 0) return fmt::format("did not end within {} minutes", patience.count() / 60);
  const bool has_run = answer.err.empty();  // else sbatch says why not
  const auto log = LogOf(job.log, has_run ? kLogIsSeen : std::chrono::seconds(0));
  if (answer.code == 0 && log.empty())
    return fmt::format("its log {} is not seen from here", job.log);
  if (answer.code == 0) return "";
  const auto reason = ReasonIn(log.empty() ? answer.err : log);
  return reason.empty() ? fmt::format("ended with exit code {}", answer.code) : reason;
}

SentCanary Send(const CanaryJob& job, const std::string& script, std::chrono::seconds patience) {
  WriteFileAtomically(job.script, script);
  auto answer = std::async(std::launch::async, [file = job.script, patience] {
    return slurm::RunCommand({"sbatch", "--wait", "--parsable", file}, patience);
  });
  return {job, std::move(answer)};
}

}  // namespace

void SendCanaries(const SlurmJobs& jobs, const SlurmSite& site, const WorkerSettings& settings,
                  const std::vector<std::string>& command, std::chrono::seconds patience,
                  const std::function<void(const std::string&)>& note) {
  const auto folder = jobs.folder() / "canaries";
  store::CreateFolders(folder);
  const auto name = jobs.name() + "-canary-" + store::NewToken();
  std::vector<SentCanary> sent;
  for (const auto& partition : PartitionsOf(site)) {
    const auto stem = (folder / store::NewToken()).string();
    const CanaryJob job{name, partition, stem + ".sh", stem + ".log"};
    sent.push_back(Send(job, CanaryScript(site, settings, job, command), patience));
  }
  std::string first;
  for (auto& [job, answer] : sent) {
    const auto who = job.partition.empty() ? "canary" : "canary on " + job.partition;
    const auto why = WhyNot(job, answer.get(), patience);
    if (why.empty()) note(who + ": well");
    if (first.empty() && !why.empty()) first = who + ": " + why;
  }
  if (first.empty()) return;
  slurm::RunCommand({"scancel", "--name=" + name});
  throw MakeError("nothing is filed: {}", first);
}

}  // namespace dfkd
