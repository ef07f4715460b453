#include "bench/engines/task_list.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "bench/engines/board.h"
#include "bench/engines/slurm_pull.h"
#include "bench/io/file.h"
#include "bench/store/disk.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

fs::path FileOfTask(const fs::path& folder, const std::string& key) {
  return folder / "tasks" / key.substr(0, 2) / (key + ".json");
}

Json GateJson(const Plan& plan, const PlannedStage& planned, const TaskSettings& settings) {
  if (!planned.gate || settings.ignore_gate) return nullptr;
  const auto& gate = *planned.gate;
  return {{"teacher", plan.Ref(gate.teacher_evaluation)},
          {"clean", plan.Ref(gate.clean_evaluation)},
          {"judged", plan.Ref(gate.Judged())},
          {"lowest_asr", gate.attack.lowest_asr},
          {"of_accuracy", gate.attack.of_accuracy},
          {"largest_acc_drop", gate.largest_acc_drop}};
}

// What runs first, of what runs at all.
struct Listed {
  const Plan& plan;
  const std::vector<StageId>& needed;
  std::vector<std::vector<StageId>> needs;  // of each of `needed`
};

Listed List(const Plan& plan, const std::vector<StageId>& needed, bool ignore_gate) {
  std::vector<bool> runs(plan.stages.size());
  for (const auto id : needed) runs[id] = true;
  Listed listed{plan, needed, {}};
  for (const auto id : needed) {
    auto& needs = listed.needs.emplace_back();
    for (const auto need : NeedsOf(plan.At(id), ignore_gate)) {
      if (runs[need]) needs.push_back(need);
    }
    std::sort(needs.begin(), needs.end());
    needs.erase(std::unique(needs.begin(), needs.end()), needs.end());
  }
  return listed;
}

// key, kind, title, and the keys that it needs.
std::string ToTsv(const Listed& list) {
  std::string text = "key\tkind\ttitle\tneeds\n";
  for (size_t i = 0; i < list.needed.size(); ++i) {
    const auto& planned = list.plan.At(list.needed[i]);
    std::vector<std::string> needs;
    for (const auto need : list.needs[i]) needs.push_back(list.plan.At(need).stage.key());
    text += fmt::format("{}\t{}\t{}\t{}\n", planned.stage.key(), planned.stage.kind, planned.title,
                        fmt::join(needs, ","));
  }
  return text;
}

// A stage that takes too long ends by itself before that, and says so.
constexpr double kHqGrace = 300;

bool IsOnGpu(const TaskSettings& settings) { return settings.device != "cpu"; }

// With what else than the defaults `stage-run` computes.
std::vector<std::string> FlagsOf(const TaskSettings& settings) {
  std::vector<std::string> flags;
  if (IsOnGpu(settings)) flags.insert(flags.end(), {"--device", settings.device});
  if (settings.threads != 1)
    flags.insert(flags.end(), {"--threads", std::to_string(settings.threads)});
  return flags;
}

// The same behind a command in a shell.
std::string FlagsText(const TaskSettings& settings) {
  std::string text;
  for (const auto& flag : FlagsOf(settings)) text += " " + flag;
  return text;
}

std::string HqCommand(const std::string& key, const TaskSettings& settings) {
  std::vector<std::string> words = {"dfkd", "stage-run", key, "--tasks", "."};
  for (const auto& flag : FlagsOf(settings)) words.push_back(flag);
  return fmt::format("[\"{}\"]", fmt::join(words, "\", \""));
}

// A table of its own, so behind all else of the task. Memory is in megabytes, as a worker of
// HyperQueue finds them. What keeps checkpoints may begin where not much time is left.
std::string HqRequest(const PlannedStage& planned, const TaskSettings& settings) {
  auto resources = fmt::format("\"cpus\" = {}", settings.threads);
  if (IsOnGpu(settings)) resources += ", \"gpus/nvidia\" = 1";
  if (settings.memory_bytes > 0)
    resources += fmt::format(", \"mem\" = {}", (settings.memory_bytes + (1 << 20) - 1) >> 20);
  auto text = fmt::format("[[task.request]]\nresources = {{ {} }}\n", resources);
  if (settings.history == nullptr || KeepsCheckpoints(planned.stage.kind)) return text;
  if (const auto seconds = SecondsToAsk(*settings.history, planned.label))
    text += fmt::format("time_request = \"{:.0f}s\"\n", std::ceil(*seconds));
  return text;
}

// A job definition file: `hq job submit-file tasks.toml`.
std::string ToHq(const Listed& list, const TaskSettings& settings) {
  std::string text = fmt::format("name = {}\n", Json(list.plan.matrix).dump());
  for (size_t i = 0; i < list.needed.size(); ++i) {
    const auto id = list.needed[i];
    const auto& planned = list.plan.At(id);
    text += fmt::format("\n[[task]]\nid = {}\ncommand = {}\n", id,
                        HqCommand(planned.stage.key(), settings));
    if (!list.needs[i].empty())
      text += fmt::format("deps = [{}]\n", fmt::join(list.needs[i], ", "));
    if (settings.limit_seconds > 0)
      text +=
          fmt::format("time_limit = \"{:.0f}s\"\n", std::ceil(settings.limit_seconds + kHqGrace));
    text += HqRequest(planned, settings);
  }
  return text;
}

// Reads the table beside it; one rule for all.
constexpr const char* kSnakefile = R"(import csv

with open("tasks.tsv") as file:
    TASKS = {row["key"]: row for row in csv.DictReader(file, delimiter="\t")}

rule all:
    input: expand("done/{key}", key=TASKS)

def needs(wildcards):
    return [f"done/{key}" for key in TASKS[wildcards.key]["needs"].split(",") if key]

rule stage:
    input: needs
    output: touch("done/{key}")
)";

std::string ToSnakefile(const TaskSettings& settings) {
  std::string text = kSnakefile;
  if (settings.threads != 1) text += fmt::format("    threads: {}\n", settings.threads);
  if (IsOnGpu(settings)) text += "    resources: gpu=1  # snakemake --resources gpu=N\n";
  return text + fmt::format("    shell: \"dfkd stage-run {{wildcards.key}} --tasks .{}\"\n",
                            FlagsText(settings));
}

// By place in `needed`: how many tasks stand in the longest row before it.
std::vector<size_t> LevelsOf(const Listed& list) {
  std::map<StageId, size_t> level;
  std::vector<size_t> levels;
  for (size_t i = 0; i < list.needed.size(); ++i) {
    size_t own = 0;
    for (const auto need : list.needs[i]) own = std::max(own, level.at(need) + 1);
    level[list.needed[i]] = own;
    levels.push_back(own);
  }
  return levels;
}

std::string ToLevels(const Listed& list, const std::vector<size_t>& levels) {
  std::string text = "level\tkey\n";
  for (size_t i = 0; i < levels.size(); ++i)
    text += fmt::format("{}\t{}\n", levels[i], list.plan.At(list.needed[i]).stage.key());
  return text;
}

std::string ToNextflowStage(const TaskSettings& settings) {
  std::string text = "process stage {\n    tag \"$key\"\n    errorStrategy 'finish'\n";
  if (settings.threads != 1) text += fmt::format("    cpus {}\n", settings.threads);
  if (IsOnGpu(settings)) text += "    accelerator 1\n";
  return text + R"(
    input:
    val key
    val before

    output:
    val key

    script:
    """
    dfkd stage-run $key --tasks '$projectDir')" +
         FlagsText(settings) + "\n    \"\"\"\n}\n";
}

// Nextflow invokes a process once, so each level has its own name for it, and begins when the one
// before has ended.
std::string ToNextflow(const std::vector<size_t>& levels) {
  const auto count = levels.empty() ? 0 : *std::max_element(levels.begin(), levels.end()) + 1;
  std::vector<std::string> names;
  std::string calls;
  for (size_t level = 0; level < count; ++level) {
    names.push_back(fmt::format("stage as stage_{}", level));
    const auto before = level == 0 ? "true" : fmt::format("stage_{}.out.collect()", level - 1);
    calls += fmt::format("    stage_{0}(keysOf('{0}'), {1})\n", level, before);
  }
  const auto include =
      count == 0 ? ""
                 : fmt::format("include {{ {} }} from './stage.nf'\n\n", fmt::join(names, "; "));
  return include + R"(def keysOf(level) {
    channel.fromPath("$projectDir/levels.tsv")
        .splitCsv(header: true, sep: '\t')
        .filter { it.level == level }
        .map { it.key }
}

workflow {
)" + calls +
         "}\n";
}

// Returns what the other runner is given.
fs::path WriteList(const Listed& list, const TaskSettings& settings, const std::string& format,
                   const fs::path& folder) {
  const auto write = [&](const char* name, const std::string& text) {
    WriteFileSoon(folder / name, text);
    return folder / name;
  };
  if (format == "hq") return write("tasks.toml", ToHq(list, settings));
  const auto table = write("tasks.tsv", ToTsv(list));
  if (format == "snakemake") return write("Snakefile", ToSnakefile(settings));
  if (format != "nextflow") return table;
  const auto levels = LevelsOf(list);
  write("levels.tsv", ToLevels(list, levels));
  write("stage.nf", ToNextflowStage(settings));
  return write("main.nf", ToNextflow(levels));
}

}  // namespace

std::vector<std::string> TaskFormats() { return {"tsv", "hq", "snakemake", "nextflow"}; }

fs::path WriteTasks(const Plan& plan, const std::vector<StageId>& needed,
                    const TaskSettings& settings, const std::string& format,
                    const fs::path& folder) {
  for (const auto id : needed) {
    const auto& planned = plan.At(id);
    const StageRequest request{.stage = planned.stage,
                               .starts = plan.Refs(planned.starts),
                               .store = settings.store.string(),
                               .data = settings.data.string(),
                               .limit_seconds = settings.limit_seconds,
                               .label = planned.label};
    const Json task = {{"request", request.ToJson()}, {"gate", GateJson(plan, planned, settings)}};
    WriteFileSoon(FileOfTask(folder, planned.stage.key()), Canonical(task) + "\n");
  }
  const auto list = List(plan, needed, settings.ignore_gate);
  const auto file = WriteList(list, settings, format, folder);
  SyncFileSystem(folder);
  return file;
}

Task ReadTask(const fs::path& folder, const std::string& key) {
  store::RequireKey(key);
  const auto file = FileOfTask(folder, key);
  if (!store::Exists(file)) throw MakeError("task {}: there is no {}", key, file.string());
  const auto json = ReadJson(file);
  Task task{.request = StageRequest::FromJson(json.at("request"))};
  if (task.request.stage.key() != key) throw MakeError("{}: is another task", file.string());
  if (const auto& gate = json.at("gate"); !gate.is_null()) {
    task.gate = GateRefs{gate.at("teacher"),
                         gate.at("clean"),
                         {gate.at("lowest_asr"), gate.at("of_accuracy")},
                         gate.at("largest_acc_drop"),
                         gate.at("judged")};
  }
  return task;
}

}  // namespace dfkd
