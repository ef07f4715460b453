// The other processes of the engine tests: `worker …` is what LocalEngine starts; `run STORE DATA
// STEPS STEP_MS` is a runner with two workers, to be killed. On a cluster a plan is GRID = CELLS
// STEPS STEP_MS: `submit STORE DATA SITE GRID [--missing]` files workers, `watch STORE DATA SITE
// GRID` does so and stays, `pull FOLDER [--settings NAME]` is such a worker, `alone STORE DATA
// GRID` computes it here, `digests STORE GRID` says what is there. FAKE_IS_DEAF: workers hear no
// signal; FAKE_CANARY: those that are filed first compare FAKE_BITS ("right") with other nodes.
#include <fmt/ranges.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "bench/engines/local_engine.h"
#include "bench/engines/scheduler.h"
#include "bench/engines/slurm_attempts.h"
#include "bench/engines/slurm_canary.h"
#include "bench/engines/slurm_pull.h"
#include "bench/engines/slurm_run.h"
#include "bench/engines/slurm_workers.h"
#include "bench/engines/worker.h"
#include "tests/engines/fake_stages.h"

namespace {

using namespace dfkd;  // NOLINT: a program of a few functions
using std::chrono::milliseconds;
namespace fs = std::filesystem;

volatile std::sig_atomic_t stop_requests = 0, yield_requests = 0;

void HearSignals() {
  for (const int signal : {SIGINT, SIGTERM}) {
    std::signal(signal, [](int) { stop_requests = stop_requests + 1; });
  }
  for (const int signal : {SIGUSR1, SIGUSR2}) {
    std::signal(signal, [](int) { yield_requests = 1; });
  }
}

RunOptions OptionsWith(const std::string& data) {
  RunOptions options{.data = data};
  options.stop_requests = [] { return static_cast<int>(stop_requests); };
  options.busy_pause = milliseconds(20);
  return options;
}

int RunLocally(const Plan& plan, const std::string& root, const std::string& data) {
  HearSignals();
  Store store(root);
  LocalEngine engine(MakeSlots({"cpu"}, 2, 1));
  Observer observer;
  return RunPlan(plan, store, engine, OptionsWith(data), observer).ExitCode();
}

Plan Grid(const Json& of) {
  return testing::GridPlan(std::stoi(of.at(0).get<std::string>()),
                           std::stoi(of.at(1).get<std::string>()),
                           std::stoi(of.at(2).get<std::string>()));
}

struct Filing {
  explicit Filing(const std::vector<std::string>& words)
      : grid({words.at(3), words.at(4), words.at(5)}),
        plan(Grid(grid)),
        store(words.at(0)),
        jobs(store.root(), plan, false) {
    options.site = ReadSlurmSite(words.at(2));
    options.settings = {.plan = grid,
                        .store = words[0],
                        .data = words[1],
                        .budget = words.size() > 6 && words[6] != "--missing" ? words[6] : "",
                        .exclude = fmt::format("{}", fmt::join(options.site.Excluded(), ",")),
                        .lead_seconds = options.site.LeadSeconds(),
                        .idle_seconds = 30,
                        .canary = std::getenv("FAKE_CANARY") != nullptr};
    options.command = {fs::read_symlink("/proc/self/exe").string(), "pull"};
    options.stop_requests = [] { return static_cast<int>(stop_requests); };
    options.ask_every = options.ask_at_last_every = milliseconds(500);
    options.look_every = milliseconds(100);
  }
  Json grid;
  Plan plan;
  Store store;
  SlurmJobs jobs;
  SlurmRunOptions options;
};

int Submit(const std::vector<std::string>& words) {
  Filing filing(words);
  const auto look = [&] {
    return words.back() == "--missing" ? LookAtEarlier(filing.jobs) : EarlierWorkers{};
  };
  const auto board = ReadBoard(filing.plan, filing.store, false);
  const auto filed = FileMissing(filing.plan, board, filing.jobs, look, filing.options);
  fmt::print("{} {}\n", filed ? filed->job : "none", filed ? filed->tasks : 0);
  return 0;
}

// What happens, a line each, for the test to read.
class Teller : public Observer {
 public:
  void Note(const std::string& line) override { fmt::print(stderr, "{}\n", line); }
};

int Watch(const std::vector<std::string>& words) {
  HearSignals();
  Filing filing(words);
  Teller teller;
  const auto report = RunOnSlurm(filing.plan, filing.store, filing.jobs, filing.options, teller);
  fmt::print("{} stages, {} done here\n", filing.plan.stages.size(), report.seconds.size());
  return report.ExitCode();
}

// A program that nothing but KILL ends.
bool IsDeaf() { return std::getenv("FAKE_IS_DEAF") != nullptr; }

StageOutcome RunDeaf(const StageRequest& request, const testing::Report& report,
                     const testing::Stop&) {
  return testing::RunFake(request, report, [] { return false; });
}

Asked WhatIsAsked() {
  if (IsDeaf()) return Asked::kNothing;
  return stop_requests ? Asked::kEnd : yield_requests ? Asked::kYield : Asked::kNothing;
}

std::string ProblemOfNode(const WorkerSettings& settings, const std::string& node) {
  const char* bits = std::getenv("FAKE_BITS");
  return settings.canary ? CompareCanary(settings.store, {.node = node,
                                                          .key = "toy",
                                                          .numerics = {{"device", "cpu"}},
                                                          .digest = bits ? bits : "right"})
                         : "";
}

int PullOne(const std::vector<std::string>& words) {
  HearSignals();
  const SlurmJobs jobs{fs::path(words.at(0))};
  const auto settings = jobs.ReadSettings(words.size() > 2 ? words[2] : "");
  const auto self = slurm::WhoAmI();
  AttemptLog log(jobs, self ? *self : slurm::ByHand(1), settings);
  const auto plan = Grid(settings.plan);
  Store store(settings.store);
  LocalEngine engine(MakeSlots({"cpu"}, 1, 1));
  const auto problem = ProblemOfNode(settings, log.self().node);
  const auto end = problem.empty() ? Pull(plan, store, engine, jobs, log,
                                          OptionsWith(settings.data), WhatIsAsked)
                                   : EndOfWrongNode(log, problem);
  Conclude(end, jobs, log);
  return end.code;
}

int Status(const std::vector<std::string>& words) {
  const Filing filing(words);
  const auto attempts = ReadAttempts(filing.jobs);
  const auto workers = ViewWorkers(filing.jobs.Arrays(), attempts, AskForWorkers(filing.jobs));
  fmt::print("{}", TellWorkers(workers, attempts));
  return 0;
}

int Digests(const std::string& store, const Plan& plan) {
  for (const auto& [title, digest] : testing::DigestsOf(plan, store))
    fmt::print("{} {}\n", title, digest);
  return 0;
}

int Run(const std::string& verb, const std::vector<std::string>& words) {
  if (verb == "worker")
    return WorkerLoop(IsDeaf() ? RunDeaf : testing::RunFake, kWorkerIn, kWorkerOut);
  if (verb == "run") {
    return RunLocally(testing::DiamondPlan(std::stoi(words.at(2)), std::stoi(words.at(3))),
                      words[0], words[1]);
  }
  if (verb == "alone") {
    return RunLocally(Grid({words.at(2), words.at(3), words.at(4)}), words[0], words[1]);
  }
  if (verb == "digests") return Digests(words.at(0), Grid({words.at(1), words.at(2), words.at(3)}));
  if (verb == "submit") return Submit(words);
  if (verb == "watch") return Watch(words);
  if (verb == "status") return Status(words);
  if (verb == "pull") return PullOne(words);
  throw MakeError("'{}' is no verb of this program", verb);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Run(argc > 1 ? argv[1] : "", {argv + std::min(argc, 2), argv + argc});
  } catch (const std::exception& e) {
    std::fprintf(stderr, "fake_worker: %s\n", e.what());
    return 2;
  }
}
