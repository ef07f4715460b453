#include "bench/engines/slurm_canary.h"

#include <fmt/format.h>

#include <future>
#include <map>
#include <sstream>
#include <thread>
#include <tuple>

#include "bench/core/hash.h"
#include "bench/core/log.h"
#include "bench/core/printable.h"
#include "bench/core/split.h"
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
  auto partitions = SplitAt(site.partition, ',');
  std::erase(partitions, std::string());
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

// Nodes that computed the same.
struct Party {
  size_t nodes = 0;
  fs::file_time_type since = fs::file_time_type::max();
  std::string first;

  bool IsBelievedOver(const Party& other) const {
    return nodes != other.nodes ? nodes > other.nodes
                                : std::tie(since, first) < std::tie(other.since, other.first);
  }
  // Clocks of files are coarse: of two at the same moment one is first all the same, for everybody.
  void Join(fs::file_time_type moment, const std::string& node) {
    ++nodes;
    if (std::tie(since, first) < std::tie(moment, node)) return;
    since = moment, first = node;
  }
};

bool MustBeEqual(const Json& numerics) {
  return !numerics.value("device", "cpu").starts_with("cuda") ||
         numerics.value("deterministic", false);
}

// A node that says the same as before keeps its place.
void SaySo(const fs::path& file, const CanaryBits& bits) {
  try {
    if (store::Exists(file) && ReadJson(file).at("digest") == bits.digest) return;
  } catch (const std::exception& e) {
    spdlog::warn("written anew: {}", e.what());
  }
  const Json said = {{"node", bits.node}, {"digest", bits.digest}, {"numerics", bits.numerics}};
  WriteFileAtomically(file, said.dump(1) + "\n");
}

std::map<std::string, Party> PartiesIn(const fs::path& folder) {
  std::map<std::string, Party> parties;  // by digest
  for (const auto& entry : store::EntriesIn(folder)) {
    if (entry.path().extension() != ".json") continue;
    try {
      const auto said = store::Patiently([&] { return ReadJson(entry.path()); });
      const auto moment = fs::last_write_time(entry.path());
      parties[said.at("digest").get<std::string>()].Join(moment, said.at("node"));
    } catch (const std::exception& e) {
      spdlog::warn("left out: {}", e.what());
    }
  }
  return parties;
}

}  // namespace

std::string CompareCanary(const fs::path& root, const CanaryBits& bits) {
  if (!MustBeEqual(bits.numerics)) return "";
  const Json alike = {{"key", bits.key}, {"numerics", bits.numerics}};
  const auto folder = root / "canary" / Sha256Hex(alike.dump()).substr(0, 16);
  store::CreateFolders(folder);
  SaySo(folder / (Sha256Hex(bits.node).substr(0, 16) + ".json"), bits);
  const auto parties = PartiesIn(folder);
  const auto own = parties.find(bits.digest);
  if (own == parties.end()) return "";  // as if it could not be listed yet
  for (const auto& [digest, party] : parties) {
    if (!party.IsBelievedOver(own->second)) continue;
    return fmt::format("the toy teacher is {:.12} on {}, and {:.12} on {} alike, {} the first",
                       bits.digest, bits.node, digest,
                       party.nodes == 1 ? "one" : std::to_string(party.nodes),
                       Printable(party.first));
  }
  return "";
}

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
