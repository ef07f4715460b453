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

// What a stage asks of the store, whatever its length: by strace 97 calls of a worker alone, over
// 122 fake stages (`fake_worker pull`) of nearly one input each, of which listing it and reading
// three files are four.
constexpr double kCallsOfAStage = 93, kCallsOfAnInput = 4;
// Whether it is there. Then, where it is not: its failures, and who holds it (the lease: looked at,
// opened, read, closed; the clock: opened, set, read, closed).
constexpr double kCallsOfALook = 1, kCallsOfAHeldLook = 11;
constexpr double kLeaseSeconds = 10;   // between two touches
constexpr double kRevisitSeconds = 8;  // four times the busy_pause of a worker (pull_command.cc)

class Simulation {
 public:
  Simulation(const Plan& plan, const Cluster& cluster)
      : plan_(plan), cluster_(cluster), queue_(plan, false), board_(plan.stages.size()) {
    std::vector<StageId> all(plan.stages.size());
    for (StageId id = 0; id < all.size(); ++id) all[id] = id;
    const auto order = ByPriority(plan, all, History({}), false);
    queue_.Reset(order, board_);
    Classify(order, ByPriority(plan, {all.rbegin(), all.rend()}, History({}), false));
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
      WaitUntil(events_.top().at);
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

  // Which stages are equally important. `backwards` is the same order of a plan read backwards:
  // what is equal in it stands in reverse, so a class ends where both have named the same stages.
  void Classify(const std::vector<StageId>& order, const std::vector<StageId>& backwards) {
    class_.resize(order.size());
    std::vector<bool> seen(order.size());
    size_t named_once = 0, number = 0;
    for (size_t i = 0; i < order.size(); ++i) {
      class_[order[i]] = number;
      for (const auto id : {order[i], backwards[i]}) {
        seen[id] ? --named_once : ++named_once;
        seen[id] = true;
      }
      if (named_once == 0) ++number;
    }
  }

  // Who has nothing to do looks again and again at what others hold.
  void WaitUntil(double at) {
    double held = 0;
    for (const auto& [number, count] : held_) held += static_cast<double>(count);
    LookAtHeld(static_cast<double>(free_) * held * (at - now_) / kRevisitSeconds);
    run_.seconds = now_ = at;
  }

  void LookAtHeld(double looks) {
    run_.looks_at_held += looks;
    run_.store_calls += kCallsOfAHeldLook * looks;
  }

  // On its way to a stage a worker meets, in its own order, what others hold: at most all that is
  // more important, and of what is as important those that come before it.
  void MeetHeld(StageId id) {
    double met = 0;
    for (const auto& [number, count] : held_) {
      if (number > class_[id]) break;
      const bool equal = number == class_[id];
      const double ready = equal ? static_cast<double>(ready_[number]) : 0;
      met += static_cast<double>(count) / (equal ? ready + 1 : 1);
    }
    LookAtHeld(std::min(met, static_cast<double>(cluster_.workers - 1)));
  }

  void Set(StageId id, StageState state) {
    const auto before = std::exchange(board_[id].state, state);
    queue_.Changed(id, before, state);
  }

  void Settle() {
    for (auto id = queue_.TakeUnsettled(); id != kNoStage; id = queue_.TakeUnsettled()) {
      if (board_[id].state == StageState::kWaiting && queue_.NeedsAreDone(id)) {
        queue_.MayStart(id);
        ++ready_[class_[id]];
      }
    }
  }

  void Start(StageId id) {
    MeetHeld(id);
    Set(id, StageState::kRunning);
    --ready_[class_[id]], ++held_[class_[id]];
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

  // Each of the others finds out for itself, when it comes to the stage.
  void LookAtDone() {
    const auto looks = static_cast<double>(cluster_.workers - 1);
    run_.looks_at_done += looks;
    run_.store_calls += kCallsOfALook * looks;
  }

  void Handle(const Event& event) {
    if (event.stage != kNoStage && --held_[class_[event.stage]] == 0)
      held_.erase(class_[event.stage]);
    if (event.stage == kNoStage) {
      ++free_;
    } else if (event.done) {
      ++free_;
      LookAtDone();
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
  std::vector<double> left_;               // seconds, by StageId
  std::vector<size_t> class_;              // of importance, by StageId; the most important is 0
  std::map<size_t, size_t> held_, ready_;  // how many, by class
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
