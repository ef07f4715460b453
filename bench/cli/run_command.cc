// dfkd run: everything that a matrix still needs, then its scores.
#include <fmt/ranges.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <thread>

#include "bench/cli/command.h"
#include "bench/cli/matrix_flags.h"
#include "bench/cli/write_scores.h"
#include "bench/engines/inline_engine.h"
#include "bench/engines/local_engine.h"
#include "bench/engines/progress.h"
#include "bench/engines/scheduler.h"
#include "bench/stages/services.h"

namespace dfkd::cli {
namespace {

namespace fs = std::filesystem;

struct RunFlags {
  MatrixFlags matrix;
  std::vector<std::string> devices = {"cpu"};
  std::string engine = "local", out;
  int jobs = 0, threads = 1;  // jobs 0: chosen here
  bool fail_fast = false, keep_going = false, retry_failed = false, ignore_gate = false,
       json = false;
};

volatile std::sig_atomic_t stop_requests = 0;

// Counts Ctrl-C and its like while it lives.
class SignalWatch {
 public:
  SignalWatch() {
    struct sigaction action {};
    action.sa_handler = [](int) { stop_requests = stop_requests + 1; };
    for (size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &action, &before_[i]);
  }
  ~SignalWatch() {
    for (size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &before_[i], nullptr);
  }

 private:
  static constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, 3> before_{};
};

std::vector<Slot> SlotsFor(const RunFlags& flags) {
  int jobs = flags.jobs;
  if (jobs == 0 && flags.devices.size() == 1) {
    const int cores = static_cast<int>(std::thread::hardware_concurrency());
    jobs = std::max(1, cores / std::max(1, flags.threads));
  }
  return MakeSlots(flags.devices, jobs, flags.threads);
}

std::unique_ptr<Engine> MakeEngine(const RunFlags& flags) {
  for (const auto& device : flags.devices) CheckDeviceName(device);
  auto slots = SlotsFor(flags);
  if (flags.engine == "inline") {
    return std::make_unique<InlineEngine>(StageRunner(), slots.front());
  }
  return std::make_unique<LocalEngine>(std::move(slots));
}

RunOptions OptionsFrom(const RunFlags& flags, const LoadedPlan& loaded) {
  return {.data = loaded.data_folder,
          .limit_seconds = loaded.matrix.stage_seconds,
          .fail_fast = flags.fail_fast,
          .retry_failed = flags.retry_failed,
          .ignore_gate = flags.ignore_gate,
          .facts = {{"version", DFKD_VERSION}, {"commit", DFKD_COMMIT}},
          .stop_requests = [] { return static_cast<int>(stop_requests); }};
}

Json CellsJson(const Plan& plan, const RunReport& report) {
  Json cells = Json::object();
  for (const auto& cell : plan.cells) {
    const auto view = ViewOf(cell, report.board);
    cells[cell.id] = {{"state", Name(view.state)}, {"why", view.why}};
  }
  return cells;
}

Json ToJson(const Plan& plan, const RunReport& report, const std::vector<fs::path>& scores) {
  Json stages = {
      {"total", plan.stages.size()}, {"cached", report.cached}, {"ran", report.seconds.size()}};
  for (const auto state :
       {StageState::kDone, StageState::kFailed, StageState::kBlocked, StageState::kSkipped}) {
    stages[Name(state)] = report.Count(state);
  }
  Json files = Json::array();
  for (const auto& file : scores) files.push_back(file.string());
  return {{"matrix", plan.matrix},
          {"cells", CellsJson(plan, report)},
          {"stages", stages},
          {"scores", files},
          {"interrupted", report.interrupted}};
}

// People see what did not end well, and why; the rest is in the scores.
void Tell(const Plan& plan, const RunReport& report, const fs::path& out, size_t scores) {
  std::map<std::string, int> counts;
  for (const auto& cell : plan.cells) ++counts[Name(ViewOf(cell, report.board).state)];
  std::vector<std::string> parts;
  for (const auto& [name, count] : counts) parts.push_back(fmt::format("{} {}", count, name));
  for (const auto& [ref, view] : report.board) {
    if (view.state != StageState::kFailed) continue;
    fmt::print(stderr, "failed ({}): {}: {}\n  more: dfkd stage {}\n", Name(view.failure),
               plan.At(ref).title, view.why, plan.At(ref).stage.key().substr(0, 12));
  }
  fmt::print(stderr, "{}: {} cells: {}; {} stages ran, {} were there\n", plan.matrix,
             plan.cells.size(), fmt::join(parts, ", "), report.seconds.size(), report.cached);
  fmt::print(stderr, "{} scores in {}{}\n", scores, out.string(),
             report.interrupted ? "; the same command continues" : "");
}

int Run(const RunFlags& flags) {
  const auto loaded = LoadPlan(flags.matrix);
  Store store(loaded.store_folder);
  RunReport report;
  {
    const SignalWatch watch;
    const auto engine = MakeEngine(flags);
    ProgressPrinter printer(stderr, ::isatty(STDERR_FILENO) == 1, engine->slots().size());
    report = RunPlan(loaded.plan, store, *engine, OptionsFrom(flags, loaded), printer);
  }
  const auto out = ScoresFolder(flags.out, loaded.matrix.name);
  const auto scores =
      WriteScores({loaded.matrix, loaded.plan, loaded.data, out, flags.ignore_gate}, store);
  Tell(loaded.plan, report, out, scores.size());
  if (flags.json) fmt::print("{}\n", ToJson(loaded.plan, report, scores).dump(2));
  return report.ExitCode();
}

void AddRunFlags(CLI::App& verb, RunFlags& flags) {
  verb.add_option("--jobs", flags.jobs,
                  "stages at a time (default: cores / threads; with several devices, one each)")
      ->check(CLI::Range(1, 4096));
  verb.add_option("--threads", flags.threads, "of one stage; results are bound to it")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  verb.add_option("--device", flags.devices, "cpu or cuda[:i]; a list gives a slot each")
      ->delimiter(',')
      ->type_name("DEVICE")
      ->capture_default_str();
  verb.add_option("--engine", flags.engine, "local: worker processes; inline: this process")
      ->check(CLI::IsMember({"local", "inline"}))
      ->capture_default_str();
  verb.add_option("--out", flags.out, "scores (default: .dfkd/scores/<matrix>)")->type_name("DIR");
  auto* keep_going =
      verb.add_flag("--keep-going", flags.keep_going, "run all that can be run (the default)");
  verb.add_flag("--fail-fast", flags.fail_fast, "start nothing more after the first failure")
      ->excludes(keep_going);
  verb.add_flag("--retry-failed", flags.retry_failed, "try again what failed in earlier runs");
  verb.add_flag("--ignore-gate", flags.ignore_gate, "run cells whose attack failed");
  verb.add_flag("--json", flags.json, "print what came of it as JSON on standard output");
}

}  // namespace

void AddRun(CLI::App& app, Outcome& outcome) {
  auto* verb = app.add_subcommand("run", "Compute what a matrix still needs, write its scores");
  const auto flags = std::make_shared<RunFlags>();
  AddMatrixFlags(*verb, flags->matrix);
  AddRunFlags(*verb, *flags);
  verb->footer(
      "Safe to interrupt at any time: the same command continues. Several runs may share a store.\n"
      "Exit code: 0 all cells ended, 1 a cell failed or timed out, 2 usage or data, 130 "
      "interrupted.\n"
      "Examples:\n"
      "  dfkd run quick\n"
      "  dfkd run quick --defenses mine,abd --jobs 2\n"
      "  dfkd run my_matrix.json --device cuda:0,cuda:1 --student-seeds 0-4");
  verb->callback([flags, &outcome] { outcome.exit_code = Run(*flags); });
}

}  // namespace dfkd::cli
