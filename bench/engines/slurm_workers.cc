#include "bench/engines/slurm_workers.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

#include "bench/engines/progress.h"

namespace dfkd {
namespace {

constexpr std::array<const char*, 7> kWorkerStates = {"waiting", "running",   "preempted", "ended",
                                                      "lost",    "not begun", "unknown"};

constexpr size_t kTimesBroken = 3;

// What the scheduler says of a task, as far as it matters.
enum class Said { kNothing, kWaits, kRuns, kOver };

Said SaidOf(const std::string& state) {
  static const std::set<std::string> waits = {"PENDING",      "REQUEUED",      "REQUEUE_FED",
                                              "REQUEUE_HOLD", "RESV_DEL_HOLD", "SPECIAL_EXIT"};
  static const std::set<std::string> over = {"BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE",
                                             "FAILED",    "NODE_FAIL", "PREEMPTED", "OUT_OF_MEMORY",
                                             "REVOKED",   "TIMEOUT"};
  if (waits.contains(state)) return Said::kWaits;
  return over.contains(state) ? Said::kOver : Said::kRuns;  // a state of transition holds its node
}

WorkerState StateOfWorker(const Attempt* attempt, Said said, bool answered) {
  if (said == Said::kWaits) return attempt ? WorkerState::kPreempted : WorkerState::kWaiting;
  if (attempt && !attempt->ended.empty()) return WorkerState::kEnded;
  if (attempt && store::ProcessIsGone(attempt->process))
    return said == Said::kRuns ? WorkerState::kRunning : WorkerState::kLost;
  if (said == Said::kRuns) return WorkerState::kRunning;
  if (said == Said::kOver) return attempt ? WorkerState::kLost : WorkerState::kNotBegun;
  if (attempt && attempt->SeemsAlive()) return WorkerState::kRunning;
  if (!answered) return WorkerState::kUnknown;
  return attempt ? WorkerState::kLost : WorkerState::kNotBegun;
}

std::string HoursOf(double hours, const char* what) {
  return fmt::format("{:.3g} {} hours", hours, what);
}

// "in the queue 4:10 (median); at most 3.2 GB of memory", as far as it is known.
std::string WaitAndMemory(const Account& spent) {
  std::vector<std::string> parts;
  if (spent.median_wait)
    parts.push_back(fmt::format("in the queue {} (median)", Duration(*spent.median_wait)));
  const double gigabytes = static_cast<double>(spent.peak_bytes) / 1e9;
  if (spent.peak_bytes > 0) parts.push_back(fmt::format("at most {:.3g} GB of memory", gigabytes));
  return parts.empty() ? "" : fmt::format("of an attempt: {}\n", fmt::join(parts, "; "));
}

template <class Number>
Json IfKnown(const std::optional<Number>& number) {
  return number ? Json(*number) : Json();
}

std::string TellBadNodes(const std::vector<WorkerView>& workers,
                         const std::vector<Attempt>& attempts) {
  std::string text;
  std::map<std::string, std::string> wrong;  // by node
  for (const auto& attempt : attempts) {
    if (!attempt.canary.empty()) wrong[attempt.node] = attempt.canary;
  }
  for (const auto& [node, why] : wrong)
    text += fmt::format("not used any more, as {}: {}\n", why, node);
  auto bad = BadNodes(attempts);
  std::erase_if(bad, [&](const std::string& node) { return wrong.contains(node); });
  if (!bad.empty())
    text +=
        fmt::format("not used any more, as stages fail there at once: {}\n", fmt::join(bad, ", "));
  if (const auto broken = BrokenNodes(workers, attempts); !broken.empty())
    text += fmt::format(
        "not used by what is filed from now on, as workers end there before they "
        "begin: {}\n",
        fmt::join(broken, ", "));
  return text;
}

Json BytesIfKnown(int64_t bytes) { return bytes > 0 ? Json(bytes) : Json(); }

Json AccountJson(const Attempt& attempt) {
  return {{"task", attempt.task},
          {"restarts", attempt.restarts},
          {"node", attempt.node},
          {"begun", attempt.begun},
          {"waited_seconds", IfKnown(attempt.waited_seconds)},
          {"seconds", attempt.seconds},
          {"gpus", attempt.gpus},
          {"cpus", attempt.cpus},
          {"peak_bytes", BytesIfKnown(attempt.peak_bytes)},
          {"stages", attempt.stages},
          {"ended", attempt.ended}};
}

}  // namespace

const char* Name(WorkerState state) { return kWorkerStates[static_cast<size_t>(state)]; }

std::optional<std::vector<slurm::Task>> AskForWorkers(const SlurmJobs& jobs) {
  auto queue = slurm::TasksNamed(jobs.name());
  if (!queue || !queue->empty()) return queue;
  const auto age = jobs.SecondsSinceFiling();
  const auto is_within = [&](std::chrono::duration<double> memory) {
    return *age < memory.count();
  };
  // Its memory is asked for only where that may matter.
  const bool must_know = age && is_within(slurm::kUsualMemory) && is_within(slurm::MemoryOfEnded());
  return must_know ? std::nullopt : std::move(queue);
}

std::vector<WorkerView> ViewWorkers(const std::vector<FiledArray>& arrays,
                                    const std::vector<Attempt>& attempts,
                                    const std::optional<std::vector<slurm::Task>>& queue) {
  std::map<std::string, const Attempt*> last;
  std::map<std::string, const slurm::Task*> said;
  std::set<std::string> tasks;
  for (const auto& attempt : attempts) last[attempt.task] = &attempt, tasks.insert(attempt.task);
  if (queue) {
    for (const auto& task : *queue) said[task.id] = &task, tasks.insert(task.id);
  }
  for (const auto& array : arrays) {
    for (int i = 0; i < array.tasks; ++i) tasks.insert(fmt::format("{}_{}", array.job, i));
  }
  std::vector<WorkerView> workers;
  for (const auto& id : tasks) {
    const auto attempt = last.contains(id) ? last[id] : nullptr;
    const auto task = said.contains(id) ? said[id] : nullptr;
    WorkerView view{.task = id, .node = attempt ? attempt->node : ""};
    view.state =
        StateOfWorker(attempt, task ? SaidOf(task->state) : Said::kNothing, queue.has_value());
    if (task && view.node.empty()) view.node = task->node;
    view.broke = !attempt && task && task->state == "FAILED";
    view.why = view.state == WorkerState::kEnded ? attempt->ended : task ? task->reason : "";
    workers.push_back(std::move(view));
  }
  return workers;
}

size_t CountAlive(const std::vector<WorkerView>& workers) {
  return std::count_if(workers.begin(), workers.end(), [](const WorkerView& view) {
    using enum WorkerState;
    return view.state == kWaiting || view.state == kRunning || view.state == kPreempted ||
           view.state == kUnknown;
  });
}

std::set<std::string> BrokenNodes(const std::vector<WorkerView>& workers,
                                  const std::vector<Attempt>& attempts) {
  std::map<std::string, size_t> broke;
  for (const auto& view : workers) {
    if (view.broke && !view.node.empty()) ++broke[view.node];
  }
  for (const auto& attempt : attempts) broke.erase(attempt.node);
  std::set<std::string> broken;
  for (const auto& [node, times] : broke) {
    if (times >= kTimesBroken && !attempts.empty()) broken.insert(node);
  }
  return broken;
}

EarlierWorkers LookAtEarlier(const SlurmJobs& jobs) {
  const auto queue = AskForWorkers(jobs);
  const auto attempts = ReadAttempts(jobs);
  const auto workers = ViewWorkers(jobs.Arrays(), attempts, queue);
  return {CountAlive(workers), BrokenNodes(workers, attempts), queue.has_value()};
}

std::map<std::string, std::map<WorkerState, int>> ByNode(const std::vector<WorkerView>& workers) {
  std::map<std::string, std::map<WorkerState, int>> nodes;
  for (const auto& view : workers) ++nodes[view.node][view.state];
  return nodes;
}

Json DescribeWorkers(const std::vector<WorkerView>& workers, const std::vector<Attempt>& attempts) {
  Json counts = Json::object(), nodes = Json::object(), accounts = Json::array();
  for (const auto& [node, states] : ByNode(workers)) {
    for (const auto& [state, count] : states) {
      counts[Name(state)] = counts.value(Name(state), 0) + count;
      if (!node.empty()) nodes[node][Name(state)] = count;
    }
  }
  for (const auto& attempt : attempts) accounts.push_back(AccountJson(attempt));
  const auto spent = AccountOf(attempts);
  auto bad = BadNodes(attempts);
  bad.merge(BrokenNodes(workers, attempts));
  return {{"workers", counts},
          {"nodes", nodes},
          {"spent", {{"gpu_hours", spent.gpu_hours}, {"cpu_hours", spent.cpu_hours}}},
          {"waited_seconds", IfKnown(spent.median_wait)},
          {"peak_bytes", BytesIfKnown(spent.peak_bytes)},
          {"bad_nodes", bad},
          {"attempts", accounts}};
}

std::string TellWorkers(const std::vector<WorkerView>& workers,
                        const std::vector<Attempt>& attempts) {
  if (workers.empty()) return "";
  std::map<WorkerState, int> counts;
  std::string by_node;
  for (const auto& [node, states] : ByNode(workers)) {
    std::vector<std::string> parts;
    for (const auto& [state, count] : states) {
      counts[state] += count;
      parts.push_back(fmt::format("{} {}", count, Name(state)));
    }
    if (!node.empty()) by_node += fmt::format("  {}: {}\n", node, fmt::join(parts, ", "));
  }
  std::vector<std::string> parts;
  for (const auto& [state, count] : counts)
    parts.push_back(fmt::format("{} {}", count, Name(state)));
  const auto spent = AccountOf(attempts);
  auto text = fmt::format("workers: {}\n{}", fmt::join(parts, ", "), by_node);
  text += fmt::format("spent: {}, {} in {} attempts, {} of them restarts\n",
                      HoursOf(spent.gpu_hours, "GPU"), HoursOf(spent.cpu_hours, "processor"),
                      spent.attempts, spent.restarts);
  text += WaitAndMemory(spent);
  return text + TellBadNodes(workers, attempts);
}

}  // namespace dfkd
