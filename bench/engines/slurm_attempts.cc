#include "bench/engines/slurm_attempts.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "bench/core/log.h"
#include "bench/io/file.h"
#include "bench/store/disk.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

constexpr double kHour = 3600;
constexpr size_t kBadLabels = 3;
constexpr double kQuickly = 60;

Json AttemptJson(const Attempt& attempt) {
  Json failed = Json::array();
  for (const auto& stage : attempt.failed) {
    failed.push_back({{"key", stage.key},
                      {"class", Name(stage.failure)},
                      {"seconds", stage.seconds},
                      {"label", stage.label}});
  }
  return {{"task", attempt.task},
          {"node", attempt.node},
          {"machine", attempt.machine},
          {"restarts", attempt.restarts},
          {"gpus", attempt.gpus},
          {"cpus", attempt.cpus},
          {"waited_seconds", attempt.waited_seconds ? Json(*attempt.waited_seconds) : Json()},
          {"peak_bytes", attempt.peak_bytes},
          {"process", store::ToText(attempt.process)},
          {"begun", attempt.begun},
          {"seconds", attempt.seconds},
          {"stages", attempt.stages},
          {"failed", failed},
          {"ended", attempt.ended},
          {"canary", attempt.canary}};
}

int SmallCount(const Json& json, const char* name) {
  return static_cast<int>(CountFrom(json.at(name), name, std::numeric_limits<int>::max()));
}

Attempt AttemptFrom(const Json& json) {
  Attempt attempt{.task = json.at("task"),
                  .node = json.at("node"),
                  .machine = json.value("machine", ""),
                  .restarts = SmallCount(json, "restarts"),
                  .gpus = SmallCount(json, "gpus"),
                  .cpus = SmallCount(json, "cpus"),
                  .peak_bytes = CountFrom(json.value("peak_bytes", Json(0)), "peak_bytes"),
                  .begun = json.at("begun"),
                  .seconds = json.at("seconds"),
                  .stages = SmallCount(json, "stages"),
                  .ended = json.at("ended"),
                  .canary = json.value("canary", "")};
  const auto waited = json.find("waited_seconds");
  if (waited != json.end() && !waited->is_null()) attempt.waited_seconds = waited->get<double>();
  const std::string process = json.at("process");
  attempt.process = store::LeaseRecordFrom(process).value_or(store::LeaseRecord{});
  for (const auto& stage : json.at("failed")) {
    attempt.failed.push_back({stage.at("key"), FailureClassFrom(stage.at("class")),
                              stage.at("seconds"), stage.value("label", "")});
  }
  return attempt;
}

double ModifiedAt(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return 0;
  return static_cast<double>(status.st_mtim.tv_sec) + 1e-9 * status.st_mtim.tv_nsec;
}

// By the clock that stamps the attempts; ours where the folder cannot be written.
double NowIn(const fs::path& folder) {
  const auto probe = folder / "clock";
  const int descriptor = ::open(probe.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  const bool touched = descriptor >= 0 && ::futimens(descriptor, nullptr) == 0;
  if (descriptor >= 0) ::close(descriptor);
  return touched ? ModifiedAt(probe) : static_cast<double>(std::time(nullptr));
}

std::optional<double> MedianOf(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace

bool Attempt::SeemsAlive() const {
  return ended.empty() && !store::ProcessIsGone(process) && age_seconds < 3 * kBeatSeconds;
}

void WriteAttempt(const SlurmJobs& jobs, const std::string& name, const Attempt& attempt) {
  WriteFileAtomically(jobs.folder() / "attempts" / (name + ".json"),
                      AttemptJson(attempt).dump(1) + "\n");
}

std::vector<Attempt> ReadAttempts(const SlurmJobs& jobs) {
  std::vector<Attempt> attempts;
  const auto folder = jobs.folder() / "attempts";
  if (!store::Exists(folder)) return attempts;
  const double now = NowIn(folder);
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    if (entry->path().extension() != ".json") continue;
    try {
      attempts.push_back(AttemptFrom(ReadJson(entry->path())));
      attempts.back().age_seconds = std::max(0.0, now - ModifiedAt(entry->path()));
    } catch (const std::exception& e) {
      spdlog::warn("left out: {}", e.what());
    }
  }
  std::sort(attempts.begin(), attempts.end(), [](const Attempt& a, const Attempt& b) {
    return std::tie(a.begun, a.task, a.restarts) < std::tie(b.begun, b.task, b.restarts);
  });
  return attempts;
}

std::vector<Place> PlacesOf(const std::vector<Attempt>& attempts) {
  std::vector<Place> places;
  for (const auto& attempt : attempts) {
    if (attempt.SeemsAlive()) places.push_back({attempt.process.host, attempt.machine});
  }
  return places;
}

Account AccountOf(const std::vector<Attempt>& attempts) {
  Account spent;
  std::vector<double> waits;
  for (const auto& attempt : attempts) {
    const double seconds = attempt.seconds + (attempt.SeemsAlive() ? attempt.age_seconds : 0);
    spent.gpu_hours += seconds * attempt.gpus / kHour;
    spent.cpu_hours += seconds * attempt.cpus / kHour;
    ++spent.attempts;
    spent.restarts += attempt.restarts > 0 ? 1 : 0;
    spent.peak_bytes = std::max(spent.peak_bytes, attempt.peak_bytes);
    if (attempt.waited_seconds) waits.push_back(*attempt.waited_seconds);
  }
  spent.median_wait = MedianOf(std::move(waits));
  return spent;
}

bool IsSpent(const std::string& budget, const std::vector<Attempt>& attempts) {
  if (budget.empty()) return false;
  const auto [hours, of_gpus] = ParseBudget(budget);
  const auto spent = AccountOf(attempts);
  return (of_gpus ? spent.gpu_hours : spent.cpu_hours) >= hours;
}

std::string SpentText(const std::string& budget) {
  return fmt::format("the budget of {} is spent; a larger one continues", budget);
}

std::set<std::string> BadNodes(const std::vector<Attempt>& attempts) {
  std::map<std::string, std::set<std::string>> failed, nodes;  // by node: labels; by label: nodes
  for (const auto& attempt : attempts) {
    auto& labels = failed[attempt.node];
    // The failures of an attempt are those since it did well.
    if (attempt.stages > 0) labels.clear();
    for (const auto& stage : attempt.failed) {
      if (stage.seconds >= kQuickly) continue;
      const auto& label = stage.label.empty() ? stage.key : stage.label;
      labels.insert(label), nodes[label].insert(attempt.node);
    }
  }
  std::set<std::string> bad;
  for (auto& [node, labels] : failed) {
    std::erase_if(labels, [&](const std::string& label) { return nodes[label].size() > 1; });
    if (labels.size() >= kBadLabels) bad.insert(node);
  }
  for (const auto& attempt : attempts) {
    if (!attempt.canary.empty()) bad.insert(attempt.node);
  }
  bad.erase("");
  return bad;
}

}  // namespace dfkd
