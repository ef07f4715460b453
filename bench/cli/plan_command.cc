// dfkd plan: what `run` would do, and why. Runs nothing.
#include <fmt/ranges.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "bench/cli/command.h"
#include "bench/cli/count_line.h"
#include "bench/cli/matrix_flags.h"
#include "bench/cli/plan_json.h"
#include "bench/cli/sources_now.h"
#include "bench/core/error.h"
#include "bench/core/log.h"
#include "bench/core/terminal.h"
#include "bench/engines/board.h"
#include "bench/engines/forecast.h"
#include "bench/engines/progress.h"
#include "bench/engines/task_list.h"
#include "bench/matrix/plan_checks.h"
#include "bench/matrix/read_teacher_file.h"
#include "bench/matrix/shadowed_settings.h"

namespace dfkd::cli {
namespace {

constexpr size_t kShortKey = 12;

struct PlanFlags {
  MatrixFlags matrix;
  std::vector<std::string> explain;  // a cell, or none: all
  bool explained = false, ignore_gate = false, json = false;
  std::string format, tasks;  // for another runner
  std::string device = "cpu";
  int threads = 1, megabytes = 0;  // of a task
};

std::string KeyOf(const PlannedStage& planned) { return planned.stage.key().substr(0, kShortKey); }

void PrintCells(const Plan& plan) {
  fmt::print("cells: {}\n", plan.cells.size());
  for (const auto& cell : plan.cells) {
    fmt::print("  {}{}\n", cell.id,
               cell.not_applicable.empty() ? "" : "  not applicable: " + cell.not_applicable);
  }
}

void PrintReferences(const Plan& plan, const Forecast& forecast) {
  if (forecast.references == 0) return;
  fmt::print("references (clean teachers, floors, undefended students): {} stages\n",
             forecast.references);
  for (const auto& planned : plan.stages) {
    if (planned.cells.empty()) fmt::print("  {}  {}\n", KeyOf(planned), planned.title);
  }
}

void PrintNeeded(const Plan& plan, const Forecast& forecast) {
  fmt::print("stages: {} in all, {} shared by several cells, {} cached, {} to run\n",
             forecast.total, forecast.shared, forecast.cached, forecast.needed.size());
  for (const auto& [id, why] : forecast.needed) {
    fmt::print("  {}  {}: {}\n", KeyOf(plan.At(id)), plan.At(id).title, why);
  }
  if (!forecast.shut_out.empty()) {
    fmt::print("not run, because their attack failed (--ignore-gate): {} stages\n",
               forecast.shut_out.size());
  }
  for (const auto& [id, why] : forecast.shut_out) {
    fmt::print("  {}  {}: {}\n", KeyOf(plan.At(id)), plan.At(id).title, why);
  }
  for (const auto id : forecast.gone) {
    fmt::print("  {}  {}: published earlier and deleted since; nothing needs it at present\n",
               KeyOf(plan.At(id)), plan.At(id).title);
  }
}

void PrintCost(const Forecast& forecast) {
  if (!forecast.needed.empty() && forecast.unmeasured < forecast.needed.size()) {
    fmt::print("expected: {} of work on one slot", Duration(forecast.seconds));
    if (forecast.unmeasured > 0) {
      fmt::print(", and {} stages that were never measured", forecast.unmeasured);
    }
    fmt::print("\n");
  } else if (!forecast.needed.empty()) {
    fmt::print("expected: unknown, no stage like these was measured in this store\n");
  }
  fmt::print("running the cells one by one would cost {:.1f} times as much ({})\n", forecast.ratio,
             forecast.ratio_in_seconds ? "in seconds" : "in stages");
}

void PrintOptions(const std::string& axis, const ResolvedEntry& entry) {
  fmt::print("  {} {} ({} revision {}){}\n", axis, entry.id, entry.plugin, entry.revision,
             entry.attack_aware ? ", attack-aware" : "");
  for (const auto& [name, value] : entry.options.items()) {
    fmt::print("    {} = {}  ({})\n", name, value.dump(),
               entry.origins.value(name, std::string("default")));
  }
  const bool itself = entry.parts.size() == 1 && entry.parts[0].plugin == entry.plugin;
  if (itself) return;
  for (const auto& part : entry.parts) PrintOptions(axis + " part", part);
}

void Explain(const PlannedCell& cell, const Plan& plan, Store& store) {
  fmt::print("{}\n", cell.id);
  for (const auto& [axis, entry] : *cell.entries) PrintOptions(axis, entry);
  for (const auto id : StagesOf(cell)) {
    const auto& planned = plan.At(id);
    fmt::print("  {}  {}{}{}\n", planned.stage.key(), planned.title,
               store.Has(planned.stage.ref) ? "  cached" : "",
               planned.cells.empty() ? "  (reference)" : "");
  }
}

void ExplainCells(const PlanFlags& flags, const Plan& plan, Store& store) {
  const std::string wanted = flags.explain.empty() ? "" : flags.explain.front();
  bool found = false;
  for (const auto& cell : plan.cells) {
    if (!wanted.empty() && cell.id != wanted) continue;
    found = true;
    Explain(cell, plan, store);
  }
  if (!found) {
    std::vector<std::string> ids;
    for (const auto& cell : plan.cells) ids.push_back(cell.id);
    throw MakeError("--explain '{}' is no cell of this plan; it has {}", wanted,
                    fmt::join(ids, ", "));
  }
}

void WriteTasksOf(const PlanFlags& flags, const LoadedPlan& loaded, const Forecast& forecast) {
  if (flags.tasks.empty()) throw MakeError("--format {}: needs --tasks DIR", flags.format);
  try {
    RequireTeacherFile(loaded.matrix, loaded.plan, Store(loaded.store_folder));
  } catch (const Error& e) {  // `stage-run --remote` may find what was made of it
    spdlog::warn("{}", e.what());
  }
  KeepTeacherFile(loaded.matrix, loaded.store_folder);
  std::vector<StageId> needed;
  for (const auto& due : forecast.needed) needed.push_back(due.stage);
  const auto history = Store(loaded.store_folder).ReadHistory();
  const TaskSettings settings{.store = loaded.store_folder,
                              .data = loaded.data_folder,
                              .limit_seconds = loaded.matrix.stage_seconds,
                              .ignore_gate = flags.ignore_gate,
                              .device = flags.device,
                              .threads = flags.threads,
                              .memory_bytes = int64_t{flags.megabytes} << 20,
                              .history = &history};
  const auto list = WriteTasks(loaded.plan, needed, settings, flags.format, flags.tasks);
  fmt::print(stderr, "{} tasks, listed in {}\n", needed.size(), list.string());
}

// Who sees the JSON itself needs no other sign of life.
void PrintJson(const Plan& plan, const Forecast& forecast, const Store& store) {
  CountLine line(stderr, MayRedraw(stderr), "lines written");
  const bool seen = ::isatty(STDOUT_FILENO) == 1;
  PrintPlanJson(plan, forecast, store, stdout, [&](size_t done, size_t total) {
    if (!seen) line.Show(done, total);
  });
}

// A table has no commands, and only hq is told of memory.
void RequireFormatFor(const PlanFlags& flags) {
  const bool device = flags.device != "cpu" && !flags.format.empty();
  const bool commands = !flags.format.empty() && flags.format != "tsv";
  if ((device || flags.threads != 1) && !commands)
    throw MakeError(
        "--device and --threads of a task are of --format hq, snakemake and nextflow; elsewhere "
        "`dfkd stage-run` is given them");
  if (flags.megabytes > 0 && flags.format != "hq")
    throw MakeError("--memory of a task is of --format hq alone");
}

// Of a table nobody knows where its tasks will run.
DeviceKinds DevicesOf(const PlanFlags& flags) {
  return flags.format == "tsv" ? KindsOfRun(flags.device) : KindsOf({flags.device});
}

void Run(const PlanFlags& flags) {
  RequireFormatFor(flags);
  const auto loaded = LoadPlan(flags.matrix, DevicesOf(flags));
  Store store(loaded.store_folder);
  TellChangedSources(loaded.plan, store);
  for (const auto& line : ShadowedSettings(loaded.matrix, loaded.selection, loaded.plan))
    spdlog::info("{}", line);
  for (const auto& line : LongerThanRuns(loaded.plan)) spdlog::info("{}", line);
  if (flags.explained && !flags.json) return ExplainCells(flags, loaded.plan, store);
  const auto forecast = MakeForecast(loaded.plan, store, flags.ignore_gate);
  if (!flags.format.empty()) return WriteTasksOf(flags, loaded, forecast);
  if (flags.json) return PrintJson(loaded.plan, forecast, store);
  PrintCells(loaded.plan);
  PrintReferences(loaded.plan, forecast);
  PrintNeeded(loaded.plan, forecast);
  PrintCost(forecast);
}

}  // namespace

void AddPlan(Program& program) {
  auto& verb = program.AddVerb("plan", "Show what a run would do, and why; runs nothing");
  const auto flags = std::make_shared<PlanFlags>();
  AddMatrixFlags(verb, flags->matrix);
  verb.Add("--explain", &flags->explain,
           "every resolved option with its origin, and the stages with their keys")
      .MayStandAlone(flags->explained)
      .Takes("[CELL]");
  verb.Add("--ignore-gate", &flags->ignore_gate, "as the run will be started");
  verb.Add("--format", &flags->format,
           "write what would run as tasks for another runner, into --tasks")
      .OneOf(TaskFormats());
  verb.Add("--tasks", &flags->tasks, "folder of the tasks; `dfkd stage-run KEY` there runs one")
      .Takes("DIR");
  AddDeviceOfRun(verb, flags->device);
  verb.Add("--threads", &flags->threads, "with --format hq, snakemake or nextflow: of a task")
      .Between(1, 1024);
  verb.Add("--memory", &flags->megabytes, "with --format hq: of a task, in megabytes")
      .Between(1, 1 << 24)
      .Takes("MB");
  verb.Add("--json", &flags->json, "print the plan as JSON on standard output");
  verb.Footer(
      "Examples:\n"
      "  dfkd plan quick\n"
      "  dfkd plan quick --defenses abd --explain\n"
      "  dfkd plan abd_cifar10 --student-seeds 0\n"
      "  dfkd plan quick --json\n"
      "  dfkd plan quick --format hq --tasks quick_tasks");
  verb.Runs([flags] {
    Run(*flags);
    return 0;
  });
}

}  // namespace dfkd::cli
