// dfkd run: everything that a matrix still needs, then its scores.
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <set>

#include "bench/cli/cluster.h"
#include "bench/cli/command.h"
#include "bench/cli/execute.h"
#include "bench/cli/matrix_flags.h"
#include "bench/scores/stale_scores.h"
#include "bench/scores/write_scores.h"
#include "bench/stages/services.h"

namespace dfkd::cli {
namespace {

namespace fs = std::filesystem;

struct RunFlags {
  MatrixFlags matrix;
  EngineFlags engine;
  std::string out;
  bool keep_going = false, json = false;
};

Json CellsJson(const Plan& plan, const RunReport& report) {
  Json cells = Json::object();
  for (const auto& cell : plan.cells) {
    const auto view = ViewOf(plan, cell, report.board);
    cells[cell.id] = {{"state", Name(view.state)}, {"why", view.why}};
  }
  return cells;
}

Json ToJson(const Plan& plan, const RunReport& report, const std::vector<fs::path>& scores) {
  Json stages = {{"total", plan.stages.size()},
                 {"cached", report.cached},
                 {"ran", report.seconds.size()},
                 {"fetched", report.fetched}};
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
  for (const auto& cell : plan.cells) ++counts[Name(ViewOf(plan, cell, report.board).state)];
  std::vector<std::string> parts;
  for (const auto& [name, count] : counts) parts.push_back(fmt::format("{} {}", count, name));
  TellFailures(plan, report);
  const auto fetched = report.fetched > 0 ? fmt::format(", {} fetched", report.fetched) : "";
  fmt::print(stderr, "{}: {} cells: {}; {} stages ran, {} were there{}\n", plan.matrix,
             plan.cells.size(), fmt::join(parts, ", "), report.seconds.size(), report.cached,
             fetched);
  fmt::print(stderr, "{} scores in {}{}\n", scores, out.string(),
             report.interrupted ? "; the same command continues" : "");
}

// Cells that are done, as far as the run knows, and have no score: another process (gc) removed
// meanwhile what that is made from.
size_t TellUnscored(const Plan& plan, const RunReport& report, const std::vector<fs::path>& files) {
  std::set<std::string> scored;
  for (const auto& file : files) scored.insert(file.stem().string());
  const auto lost = std::count_if(plan.cells.begin(), plan.cells.end(), [&](const auto& cell) {
    return ViewOf(plan, cell, report.board).state == CellState::kDone && !scored.contains(cell.id);
  });
  if (lost > 0)
    fmt::print(stderr,
               "{} of the cells that are done have no score: what it is made from was removed "
               "meanwhile; the same command computes it again\n",
               lost);
  return static_cast<size_t>(lost);
}

int Run(const RunFlags& flags) {
  if (flags.engine.engine != "slurm") RequireStages();
  const auto loaded = LoadPlan(flags.matrix, KindsOf(flags.engine.devices));
  const auto out = ScoresFolder(flags.out, loaded.matrix.name);
  RequireFolderOf(loaded.matrix.name, out);
  Store store(loaded.store_folder);
  auto report = Execute(loaded, store, flags.engine);
  WrittenScores scores;
  ReadOrRepair(loaded, store, flags.engine, report, [&] {
    scores = WriteScores(ScoringOf(loaded, flags.engine.ignore_gate), store, out);
  });
  Tell(loaded.plan, report, out, scores.files.size());
  TellSetAside(scores.set_aside);
  if (flags.json) fmt::print("{}\n", ToJson(loaded.plan, report, scores.files).dump(2));
  const bool lost = TellUnscored(loaded.plan, report, scores.files) > 0;
  return lost && report.ExitCode() == 0 ? 1 : report.ExitCode();
}

void AddRunFlags(Verb& verb, RunFlags& flags) {
  verb.Add("--jobs", &flags.engine.jobs,
           "stages at a time (default: allowed cores / threads; on a GPU one)")
      .Between(1, 4096);
  AddDeviceFlags(verb, flags.engine);
  AddEngineFlag(verb, flags.engine, {"local", "inline", "slurm"});
  AddSiteFlags(verb, flags.engine);
  AddRemoteFlags(verb, flags.engine.remotes);
  verb.Add("--out", &flags.out, "scores (default: .dfkd/scores/<matrix>)").Takes("DIR");
  auto& keep_going =
      verb.Add("--keep-going", &flags.keep_going, "run all that can be run (the default)");
  verb.Add("--fail-fast", &flags.engine.fail_fast, "start nothing more after the first failure")
      .Excludes(keep_going);
  verb.Add("--retry-failed", &flags.engine.retry_failed, "try again what failed in earlier runs");
  verb.Add("--ignore-gate", &flags.engine.ignore_gate, "run cells whose attack failed");
  verb.Add("--json", &flags.json, "print what came of it as JSON on standard output");
}

}  // namespace

void AddRun(Program& program) {
  auto& verb = program.AddVerb("run", "Compute what a matrix still needs, write its scores");
  const auto flags = std::make_shared<RunFlags>();
  AddMatrixFlags(verb, flags->matrix);
  AddRunFlags(verb, *flags);
  verb.Footer(
      "Safe to interrupt at any time: the same command continues. Several runs may share a store.\n"
      "Exit code: 0 all cells ended, 1 a cell failed or timed out, 2 usage or data, 130 "
      "interrupted.\n"
      "Examples:\n"
      "  dfkd run quick\n"
      "  dfkd run quick --defenses mine,abd --jobs 2\n"
      "  dfkd run abd_cifar10 --preset faithful --device cuda\n"
      "  dfkd run abd_cifar10 --device cuda --engine slurm --store /shared/store\n"
      "  dfkd run my_matrix.json --device cuda:0,cuda:1 --student-seeds 0-4\n"
      "  dfkd run quick --remote https://example.org/store");
  verb.Runs([flags] { return Run(*flags); });
}

}  // namespace dfkd::cli
