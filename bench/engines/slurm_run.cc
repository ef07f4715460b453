#include "bench/engines/slurm_run.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <thread>

#include "bench/engines/bring.h"
#include "bench/engines/slurm_attempts.h"
#include "bench/engines/slurm_commands.h"

namespace dfkd {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kMostRefusals = 3;  // in a row, although the scheduler answers questions
constexpr int kMostInVain = 3;    // arrays in a row
constexpr int kLooksUntilLost = 3;
constexpr milliseconds kNap{200};

bool IsOpen(StageState state) {
  return state == StageState::kWaiting || state == StageState::kRunning ||
         state == StageState::kBusy;
}

std::vector<StageId> OpenStages(const Plan& plan, const Board& board,
                                const std::vector<std::string>& outstanding) {
  std::vector<bool> there;
  for (const auto& view : board) there.push_back(view.state == StageState::kDone);
  auto open = NeededStages(plan, [&](StageId id) { return there.at(id); });
  AddOutstanding(plan, outstanding, there, open);
  std::erase_if(open, [&](StageId id) { return !IsOpen(board.at(id).state); });
  return open;
}

class SlurmWatch {
 public:
  SlurmWatch(const Plan& plan, Store& store, const SlurmJobs& jobs, const SlurmRunOptions& options,
             Observer& observer)
      : plan_(plan),
        store_(store),
        jobs_(jobs),
        options_(options),
        observer_(observer),
        history_(store.ReadHistory()),
        outstanding_(jobs.Outstanding()),
        ask_pause_(options.ask_every) {}

  RunReport Run() {
    report_.board = BoardNow();
    report_.cached = report_.Count(StageState::kDone);
    open_ = CountOpen(plan_, report_.board, outstanding_);
    observer_.Begin(plan_, report_.board, history_);
    for (StageId id = 0; id < plan_.stages.size(); ++id) TellStarted(id);
    while (open_ > 0 && report_.halted.empty()) {
      if (options_.stop_requests() > 0) return Interrupt();
      if (Clock::now() >= ask_at_) AskScheduler();
      observer_.Tick();
      std::this_thread::sleep_for(std::min(kNap, options_.look_every));
      if (Clock::now() >= look_at_) Look();
    }
    if (!report_.halted.empty()) observer_.Note("stopping: " + report_.halted);
    if (jobs_.Exists()) slurm::CancelWaiting(jobs_.name());  // nothing is left for them
    return std::move(report_);
  }

 private:
  RunReport Interrupt() {
    observer_.Note("stopping: workers are cancelled, and write checkpoints");
    if (!slurm::Cancel(filed_here_)) {
      observer_.Note(fmt::format("Slurm did not say that it cancelled them; by hand: scancel {}",
                                 fmt::join(filed_here_, " ")));
    }
    report_.interrupted = true;
    return std::move(report_);
  }

  // --- the store: what is done

  Board BoardNow() const {
    return ReadBoard(plan_, store_, options_.settings.ignore_gate, PlacesOf(ReadAttempts(jobs_)));
  }

  void Look() {
    const auto begin = Clock::now();
    const auto now = BoardNow();
    for (StageId id = 0; id < now.size(); ++id) {
      const auto before = std::exchange(report_.board[id], now[id]);
      if (before.state == now[id].state) continue;
      observer_.Changed(id, before);
      Tell(id, before.state);
    }
    open_ = CountOpen(plan_, report_.board, outstanding_);
    look_at_ =
        Clock::now() + std::max<Clock::duration>(options_.look_every, 10 * (Clock::now() - begin));
  }

  void Tell(StageId id, StageState before) {
    const auto& view = report_.board[id];
    if (view.state == StageState::kDone) {
      changed_ = true, arrays_in_vain_ = 0;
      report_.attempts[id] = 1;
      report_.seconds[id] = SecondsOf(id);
      observer_.Finished(id, {.status = StageStatus::kDone, .seconds = report_.seconds[id]});
    } else if (view.state == StageState::kFailed) {
      changed_ = true, arrays_in_vain_ = 0;
      report_.attempts[id] = 1;
      observer_.Finished(id, {StageStatus::kFailed, view.failure, view.why});
    } else if (before == StageState::kBusy) {  // given up, or between two that hold it
      observer_.Finished(id, {.status = StageStatus::kBusy});
    }
    TellStarted(id);
  }

  // "node7, pid 12, touched 3 s ago" holds it.
  void TellStarted(StageId id) {
    const auto& view = report_.board[id];
    if (view.state != StageState::kBusy) return;
    observer_.Started(id, {view.why.substr(0, view.why.find(','))});
  }

  double SecondsOf(StageId id) const try {
    const auto manifest = store_.Manifest(plan_.Ref(id));
    return manifest ? manifest->at("facts").value("wall_seconds", 0.0) : 0;
  } catch (const std::exception&) {  // whoever reads the artifact says what is wrong with it
    return 0;
  }

  // --- the scheduler: who will do the rest

  void AskScheduler() {
    const auto queue = AskForWorkers(jobs_);
    const auto attempts = ReadAttempts(jobs_);
    const auto workers = ViewWorkers(jobs_.Arrays(), attempts, queue);
    const auto alive = CountAlive(workers);
    if (!queue)
      SayOnce("the scheduler does not answer: it is asked again, and nothing is concluded");
    if (queue) silent_ = false, answered_ = true, AvoidBroken(workers, attempts);
    if (queue || (!answered_ && IsFirst(alive))) {
      IsSpent(options_.settings.budget, attempts) ? EndOfBudget(alive) : Replace(alive);
    } else if (!answered_ && !SomeRun(workers) && !slurm::IsInstalled()) {
      Refused("there is no squeue here, and no worker gives a sign of life");
    }
    Pause(alive);
  }

  // Else an array would run through them before anybody files another. A worker that leaves a bad
  // node names only those that it knows of, so all are named again.
  void AvoidBroken(const std::vector<WorkerView>& workers, const std::vector<Attempt>& attempts) {
    for (const auto& node : BrokenNodes(workers, attempts)) {
      if (broken_.insert(node).second)
        observer_.Note(node + ": workers end before they begin; none that waits is started there");
    }
    auto avoid = BadNodes(attempts);
    avoid.insert(broken_.begin(), broken_.end());
    if (broken_.empty() || avoid == avoided_) return;
    std::vector<std::string> nodes(avoid.begin(), avoid.end());
    if (const auto& own = options_.settings.exclude; !own.empty()) nodes.push_back(own);
    for (const auto& job : JobsThatWait(workers)) slurm::KeepAway(job, nodes);
    avoided_ = std::move(avoid);
  }

  static std::set<std::string> JobsThatWait(const std::vector<WorkerView>& workers) {
    std::set<std::string> jobs;
    for (const auto& view : workers) {
      if (view.state == WorkerState::kWaiting || view.state == WorkerState::kPreempted)
        jobs.insert(view.task.substr(0, view.task.find('_')));
    }
    return jobs;
  }

  bool IsFirst(size_t alive) const { return filed_here_.empty() && alive == 0; }

  static bool SomeRun(const std::vector<WorkerView>& workers) {
    return std::any_of(workers.begin(), workers.end(),
                       [](const WorkerView& view) { return view.state == WorkerState::kRunning; });
  }

  // Those that still compute end by themselves.
  void EndOfBudget(size_t alive) {
    if (alive > 0) {
      slurm::CancelWaiting(jobs_.name());
    } else {
      report_.halted = SpentText(options_.settings.budget);
    }
  }

  void Replace(size_t alive) {
    const auto startable =
        CountStartable(plan_, report_.board, options_.settings.ignore_gate, outstanding_);
    const bool enough = alive >= std::min(startable, static_cast<size_t>(options_.site.workers));
    short_looks_ = enough ? 0 : short_looks_ + 1;
    if (enough || (!IsFirst(alive) && short_looks_ < kLooksUntilLost)) return;
    short_looks_ = 0;
    if (arrays_in_vain_ >= kMostInVain) {
      report_.halted = fmt::format("{} arrays of workers ended in vain; {} has their logs",
                                   arrays_in_vain_, (jobs_.folder() / "logs").string());
    } else {
      FileMore();
    }
  }

  void FileMore() try {
    const auto look = [this] {
      auto there = LookAtEarlier(jobs_);
      there.broken.insert(broken_.begin(), broken_.end());
      return there;
    };
    const auto filed = FileMissing(plan_, report_.board, jobs_, look, options_);
    refusals_ = 0;
    if (!filed) return;
    ++arrays_in_vain_, changed_ = true;
    filed_here_.push_back(filed->job);
    observer_.Note(fmt::format("filed {} workers as job {}", filed->tasks, filed->job));
  } catch (const Error& e) {
    if (e.failure() == FailureClass::kIo) throw;
    observer_.Note(e.what());
    // Who has answered before will answer again.
    if (e.failure() != FailureClass::kLost || !answered_) Refused(e.what());
  }

  void Refused(const std::string& why) {
    if (++refusals_ >= kMostRefusals) report_.halted = why;
  }

  // Soon again where something happens, ever later where nothing does.
  void Pause(size_t alive) {
    const bool news = std::exchange(changed_, false) || alive != alive_before_ || short_looks_ > 0;
    alive_before_ = alive;
    ask_pause_ =
        news ? options_.ask_every : std::min(ask_pause_ * 3 / 2, options_.ask_at_last_every);
    ask_at_ = Clock::now() + ask_pause_;
  }

  void SayOnce(const std::string& line) {
    if (!std::exchange(silent_, true)) observer_.Note(line);
  }

  const Plan& plan_;
  Store& store_;
  const SlurmJobs& jobs_;
  const SlurmRunOptions& options_;
  Observer& observer_;
  const History history_;
  const std::vector<std::string> outstanding_;
  RunReport report_;
  size_t open_ = 0;  // stages of the board, which changes by looks alone
  std::vector<std::string> filed_here_;
  std::set<std::string> broken_, avoided_;  // nodes
  Clock::time_point ask_at_, look_at_;
  milliseconds ask_pause_;
  size_t alive_before_ = 0;
  int short_looks_ = 0, refusals_ = 0, arrays_in_vain_ = 0;
  bool changed_ = false, silent_ = false;
  bool answered_ = false;  // the scheduler, at least once
};

}  // namespace

size_t CountOpen(const Plan& plan, const Board& board,
                 const std::vector<std::string>& outstanding) {
  return OpenStages(plan, board, outstanding).size();
}

size_t CountStartable(const Plan& plan, const Board& board, bool ignore_gate,
                      const std::vector<std::string>& outstanding) {
  const auto open = OpenStages(plan, board, outstanding);
  return std::count_if(open.begin(), open.end(), [&](StageId id) {
    const auto needs = NeedsOf(plan.At(id), ignore_gate);
    return std::all_of(needs.begin(), needs.end(),
                       [&](StageId need) { return board.at(need).state == StageState::kDone; });
  });
}

int WorkersToFile(size_t open, size_t alive, const SlurmSite& site) {
  const auto wanted = std::min<size_t>(open, static_cast<size_t>(site.array_limit));
  return wanted > alive ? static_cast<int>(wanted - alive) : 0;
}

std::optional<FiledArray> FileMissing(const Plan& plan, const Board& board, const SlurmJobs& jobs,
                                      const std::function<EarlierWorkers()>& look,
                                      const SlurmRunOptions& options) {
  const auto open = CountOpen(plan, board, jobs.Outstanding());
  if (open == 0) return std::nullopt;
  const auto turn = jobs.Turn();
  const auto [alive, broken, answered] = look();
  const int tasks = WorkersToFile(open, alive, options.site);
  if (tasks == 0) return std::nullopt;
  const auto settings = jobs.WriteSettings(options.settings);
  auto bad = BadNodes(ReadAttempts(jobs));
  bad.insert(broken.begin(), broken.end());
  const auto script = jobs.Script(options.site, options.settings, options.command, tasks,
                                  {bad.begin(), bad.end()}, settings);
  return jobs.File(script, tasks);
}

RunReport RunOnSlurm(const Plan& plan, Store& store, const SlurmJobs& jobs,
                     const SlurmRunOptions& options, Observer& observer) {
  return SlurmWatch(plan, store, jobs, options, observer).Run();
}

}  // namespace dfkd
