// dfkd status: where every cell of a matrix stands, from the store alone.
#include <fmt/ranges.h>

#include <cstdio>
#include <iterator>
#include <map>
#include <memory>

#include "bench/cli/command.h"
#include "bench/cli/matrix_flags.h"
#include "bench/engines/board.h"
#include "bench/engines/slurm_attempts.h"
#include "bench/engines/slurm_bill.h"
#include "bench/engines/slurm_workers.h"

namespace dfkd::cli {
namespace {

struct StatusFlags {
  MatrixFlags matrix;
  std::string device = "cpu";
  bool ignore_gate = false, bill = false, json = false;
};

Json RunningJson(const CellView& view, const Plan& plan, const Board& board) {
  Json running = Json::array();
  for (const auto id : view.running) {
    const auto& planned = plan.At(id);
    running.push_back(
        {{"ref", planned.stage.ref}, {"title", planned.title}, {"by", board.at(id).why}});
  }
  return running;
}

void AddCell(const PlannedCell& cell, const CellView& view, const Plan& plan, const Board& board,
             std::string& text) {
  const auto end = std::back_inserter(text);
  fmt::format_to(end, "{:<14} {}\n", Name(view.state), cell.id);
  for (const auto id : view.running)
    fmt::format_to(end, "{:<14}   {}: {}\n", "", plan.At(id).title, board.at(id).why);
  if (view.running.empty() && !view.why.empty()) fmt::format_to(end, "{:<14}   {}\n", "", view.why);
}

// Where all cells stand: how many in which state, and, as a matrix may have a hundred thousand,
// that alone which is printed.
struct Cells {
  Cells(const Plan& plan, const Board& board, bool as_json) {
    for (const auto& cell : plan.cells) {
      const auto view = ViewOf(plan, cell, board);
      ++counts[Name(view.state)];
      if (as_json) {
        json[cell.id] = {{"state", Name(view.state)},
                         {"why", view.why},
                         {"running", RunningJson(view, plan, board)}};
      } else {
        AddCell(cell, view, plan, board, text);
      }
    }
  }
  std::map<std::string, int> counts;
  Json json = Json::object();
  std::string text;
};

// Of the workers that were filed; the scheduler is asked only if any were.
struct Workers {
  Workers(const LoadedPlan& loaded, bool ignore_gate) {
    const SlurmJobs jobs(loaded.store_folder, loaded.plan, ignore_gate);
    if (!jobs.Exists()) return;
    attempts = ReadAttempts(jobs);
    views = ViewWorkers(jobs.Arrays(), attempts, AskForWorkers(jobs));
  }
  std::vector<Attempt> attempts;
  std::vector<WorkerView> views;
};

void Run(const StatusFlags& flags) {
  ExistingStore(flags.matrix.store);  // before planning makes one
  const auto loaded = LoadPlan(flags.matrix, KindsOfRun(flags.device));
  Store store(loaded.store_folder);
  const auto board = ReadBoard(loaded.plan, store, flags.ignore_gate);
  const Cells cells(loaded.plan, board, flags.json);
  fmt::print("{}", cells.text);
  const Workers workers(loaded, flags.ignore_gate);
  const auto bill =
      flags.bill ? BillOf(loaded.plan, store.ReadHistory(), workers.attempts) : Bill{};
  if (flags.json) {
    Json all = {{"matrix", loaded.matrix.name}, {"counts", cells.counts}, {"cells", cells.json}};
    if (!workers.views.empty()) all["cluster"] = DescribeWorkers(workers.views, workers.attempts);
    if (flags.bill) all["bill"] = DescribeBill(bill);
    fmt::print("{}\n", all.dump(2));
    return;
  }
  std::vector<std::string> parts;
  for (const auto& [name, count] : cells.counts) parts.push_back(fmt::format("{} {}", count, name));
  fmt::print("{} cells: {}\n", loaded.plan.cells.size(), fmt::join(parts, ", "));
  fmt::print("{}", TellWorkers(workers.views, workers.attempts));
  if (flags.bill) fmt::print("{}", TellBill(bill));
}

}  // namespace

void AddStatus(Program& program) {
  auto& verb = program.AddVerb("status", "Show where every cell of a matrix stands");
  const auto flags = std::make_shared<StatusFlags>();
  AddMatrixFlags(verb, flags->matrix);
  AddDeviceOfRun(verb, flags->device);
  verb.Add("--ignore-gate", &flags->ignore_gate, "as the run was started");
  verb.Add("--bill", &flags->bill,
           "also what its stages took, by attack, distiller and defence, and how much of what "
           "workers asked for was spent on them");
  verb.Add("--json", &flags->json, "print it as JSON on standard output");
  verb.Footer(
      "States: done, running (by whom), waiting; failed, diverged, timed_out (and why);\n"
      "attack_failed, not_applicable.\n"
      "Of workers that `dfkd submit` filed: waiting, running, preempted (they wait to go on), "
      "ended, lost,\n"
      "not begun, unknown (nobody says), per node; what they took; nodes that are not used any "
      "more.\n"
      "Example:\n"
      "  dfkd status quick");
  verb.Runs([flags] {
    Run(*flags);
    return 0;
  });
}

}  // namespace dfkd::cli
