#include "bench/perf/grid/simulation.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <queue>
#include <random>

#include "bench/engines/order.h"
#include "bench/engines/ready_queue.h"
#include "bench/engines/slurm_run.h"

namespace dfkd::perf {
namespace {

// Of a kind of stage: seconds (median, and deviation of their logarithm) and bytes of the artifact.
// The first five were recorded: two runs of `quick`, 206 stages, one core each, Fashion-MNIST. Of
// the others smoke runs alone are at hand: their spread, and a time between those of the first. Of
// the last three nothing was recorded: they stand as the kinds that are most like them.
struct Recorded {
  double seconds, spread, bytes;
};
const std::map<std::string, Recorded> kRecorded = {
    {"teacher", {12.4, 0.04, 160e3}},  {"distill", {5.1, 1.19, 2.6e6}},
    {"evaluate", {1.8, 0.59, 17e3}},   {"transfer_set", {0.7, 0.81, 5.2e6}},
    {"synthesis", {7.4, 0.03, 840e3}}, {"repair", {2, 0.61, 160e3}},
    {"samples", {0.7, 0.38, 2e6}},     {"sanitize", {2, 0.69, 160e3}},
    {"craft", {2, 0.46, 500e3}},       {"poison_transfer", {2, 0.46, 5.2e6}},
    {"detect", {2, 0.46, 17e3}},       {"import", {0.7, 0.46, 160e3}}};

// What a stage asks of the store's names, whatever its length: whether it is there (twice), the
// lease (make, write, remove), staging (make, write three files, list, rename), the failures, the
// line of history, and of each input the listing and three files.
constexpr double kCallsOfAStage = 16, kCallsOfAnInput = 4;
constexpr double kLeaseSeconds = 10;  // between two touches

class Simulation {
 public:
  Simulation(const Plan& plan, const Cluster& cluster)
      : plan_(plan), cluster_(cluster), queue_(plan, false), board_(plan.stages.size()) {
    std::vector<StageId> all(plan.stages.size());
    for (StageId id = 0; id < all.size(); ++id) all[id] = id;
    queue_.Reset(ByPriority(plan, all, History({}), false), board_);
    for (const auto id : all) left_.push_back(Draw(id));
    free_ = cluster.workers;
  }

  SimulatedRun Run() {
    run_.critical_seconds = Longest();
    for (const auto seconds : left_) run_.work_seconds += seconds;
    while (true) {
      Settle();
      while (free_ > 0 && queue_.First() != kNoStage) Start(queue_.First());
      if (events_.empty()) return run_;
      now_ = events_.top().at;
      run_.seconds = now_;
      const auto event = events_.top();
      events_.pop();
      Handle(event);
    }
  }

 private:
  struct Event {
    double at = 0;
    StageId stage = kNoStage;  // kNoStage: a worker is back
    bool done = false;
    bool operator<(const Event& other) const { return at > other.at; }  // the first on top
  };

  double Draw(StageId id) {
    const auto& recorded = kRecorded.at(plan_.At(id).stage.kind);
    std::normal_distribution<double> normal(0, recorded.spread);
    return cluster_.scale * recorded.seconds * std::exp(normal(random_));
  }

  // Of all chains of stages that wait for each other.
  double Longest() const {
    std::vector<double> ends(plan_.stages.size());
    for (StageId id = 0; id < ends.size(); ++id) {
      for (const auto need : NeedsOf(plan_.At(id), false))
        ends[id] = std::max(ends[id], ends[need]);
      ends[id] += left_[id];
    }
    return *std::max_element(ends.begin(), ends.end());
  }

  void Set(StageId id, StageState state) {
    const auto before = std::exchange(board_[id].state, state);
    queue_.Changed(id, before, state);
  }

  void Settle() {
    for (auto id = queue_.TakeUnsettled(); id != kNoStage; id = queue_.TakeUnsettled()) {
      if (board_[id].state == StageState::kWaiting && queue_.NeedsAreDone(id)) queue_.MayStart(id);
    }
  }

  void Start(StageId id) {
    Set(id, StageState::kRunning);
    --free_, ++run_.starts;
    const auto& inputs = plan_.At(id).inputs;
    for (const auto input : inputs) run_.read_bytes += BytesOf(input);
    const double cut =
        cluster_.preemptions > 0 ? 3600 * interval_(random_) / cluster_.preemptions : left_[id] + 1;
    const bool done = cut >= left_[id];
    const double seconds = done ? left_[id] : cut;
    run_.store_calls += kCallsOfAStage + kCallsOfAnInput * static_cast<double>(inputs.size()) +
                        seconds / kLeaseSeconds + seconds / cluster_.checkpoint_seconds;
    events_.push({now_ + seconds, id, done});
    if (!done) Lose(id, seconds);
  }

  void Lose(StageId id, double seconds) {
    const double kept = seconds - std::fmod(seconds, cluster_.checkpoint_seconds);
    left_[id] -= kept;
    ++run_.preempted;
    run_.lost_seconds += seconds - kept + cluster_.restart_seconds;
    if (kept > 0) run_.written_bytes += BytesOf(id);
  }

  void Handle(const Event& event) {
    if (event.stage == kNoStage) {
      ++free_;
    } else if (event.done) {
      ++free_;
      run_.written_bytes += BytesOf(event.stage);
      Set(event.stage, StageState::kDone);
    } else {
      Set(event.stage, StageState::kWaiting);
      events_.push({now_ + cluster_.restart_seconds});
    }
  }

  double BytesOf(StageId id) const { return kRecorded.at(plan_.At(id).stage.kind).bytes; }

  const Plan& plan_;
  const Cluster& cluster_;
  ReadyQueue queue_;
  Board board_;
  std::vector<double> left_;  // seconds, by StageId
  std::priority_queue<Event> events_;
  std::mt19937_64 random_{1};
  std::exponential_distribution<double> interval_{1};
  double now_ = 0;
  size_t free_ = 0;
  SimulatedRun run_;
};

// An hour of a worker, of those who are preempted at random, and put back at the limit.
double LimitsInAnHour(const Cluster& cluster) {
  const double limit = cluster.limit_seconds / 3600;
  if (cluster.preemptions <= 0) return 1 / limit;
  return cluster.preemptions / std::expm1(cluster.preemptions * limit);
}

}  // namespace

SchedulerCalls CallsOf(const Cluster& cluster, const SimulatedRun& run) {
  const auto workers = static_cast<double>(cluster.workers);
  const double ask = std::chrono::duration<double>(SlurmRunOptions{}.ask_every).count();
  const double at_limit = LimitsInAnHour(cluster) * workers * run.seconds / 3600;
  return {.sbatch = 1,
          .squeue_watching = run.seconds / ask,
          .squeue_workers = workers + static_cast<double>(run.preempted) + at_limit,
          .scontrol = at_limit,
          .scancel = workers + 1,
          .at_once = workers};
}

SimulatedRun Simulate(const Plan& plan, const Cluster& cluster) {
  return Simulation(plan, cluster).Run();
}

}  // namespace dfkd::perf
