#include "bench/engines/slurm_jobs.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "bench/core/hash.h"
#include "bench/core/log.h"
#include "bench/engines/slurm_commands.h"
#include "bench/io/file.h"
#include "bench/store/disk.h"
#include "bench/store/guard.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLatest = "settings.json";
constexpr std::chrono::milliseconds kNextTurn{50};

// Two commands that plan the same work share its workers, however it was selected.
std::string IdOfPlan(const Plan& plan, bool ignore_gate) {
  std::string all = plan.matrix + (ignore_gate ? "\nignore_gate\n" : "\n");
  for (const auto& stage : plan.stages) all += stage.stage.ref + "\n";
  return Sha256Hex(all).substr(0, 12);
}

std::string ForShell(const std::string& word) {
  const auto plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=:,./@";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

// A value behind #SBATCH, which is read with the quotes and backslashes of a shell.
std::string ForSbatch(const std::string& value) {
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

// In names of files % begins a pattern.
std::string ForPattern(const std::string& path) {
  std::string pattern;
  for (const char c : path) pattern += c == '%' ? std::string("%%") : std::string(1, c);
  return pattern;
}

void AddFlag(std::string& script, const std::string& flag, const std::string& value) {
  if (!value.empty()) script += fmt::format("#SBATCH --{}={}\n", flag, ForSbatch(value));
}

void AddResources(std::string& script, const SlurmSite& site, const WorkerSettings& settings) {
  AddFlag(script, "account", site.account);
  AddFlag(script, "gres", site.gres.empty() && settings.device != "cpu" ? "gpu:1" : site.gres);
  AddFlag(script, "cpus-per-task", std::to_string(settings.threads));
  AddFlag(script, "mem", site.memory);
}

// Flags and setup of the site; both come last, so that they may overrule. Not so the nodes that it
// excludes: they join those that are to be avoided, as only the last list would count.
void AddOwn(std::string& script, const SlurmSite& site, std::vector<std::string> avoid) {
  for (const auto& node : site.Excluded()) {
    if (std::find(avoid.begin(), avoid.end(), node) == avoid.end()) avoid.push_back(node);
  }
  AddFlag(script, "exclude", fmt::format("{}", fmt::join(avoid, ",")));
  for (const auto& flag : site.flags) {
    if (NodesExcludedBy(flag).empty()) script += "#SBATCH " + flag + "\n";
  }
  for (const auto& line : site.setup) script += line + "\n";
}

std::string Exec(const std::vector<std::string>& command) {
  std::string line = "exec";
  for (const auto& word : command) line += " " + ForShell(word);
  return line;
}

std::string SettingsText(const WorkerSettings& settings) {
  return settings.ToJson().dump(2) + "\n";
}

std::vector<fs::path> JsonFilesIn(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code none;
  for (fs::directory_iterator entry(folder, none), end; !none && entry != end;
       entry.increment(none)) {
    if (entry->path().extension() == ".json") files.push_back(entry->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

Budget ParseBudget(const std::string& text) {
  const auto unit = text.find_first_not_of("0123456789.");
  const auto number = text.substr(0, unit);
  const auto what = unit == std::string::npos ? "" : text.substr(unit);
  const bool is_number = !number.empty() && number.size() < 12 && number != "." &&
                         std::count(number.begin(), number.end(), '.') <= 1;
  if (!is_number || (what != "gpuh" && what != "cpuh"))
    throw MakeError("--budget '{}' must be hours of GPUs or processors, e.g. 20gpuh or 300cpuh",
                    text);
  return {std::stod(number), what == "gpuh"};
}

Json WorkerSettings::ToJson() const {
  return {{"plan", plan},
          {"store", store},
          {"data", data},
          {"device", device},
          {"threads", threads},
          {"limit_seconds", limit_seconds},
          {"ignore_gate", ignore_gate},
          {"budget", budget},
          {"exclude", exclude},
          {"lead_seconds", lead_seconds},
          {"idle_seconds", idle_seconds},
          {"canary", canary}};
}

WorkerSettings WorkerSettings::FromJson(const Json& json) {
  return {json.at("plan"),         json.at("store"),        json.at("data"),
          json.at("device"),       json.at("threads"),      json.at("limit_seconds"),
          json.at("ignore_gate"),  json.at("budget"),       json.value("exclude", ""),
          json.at("lead_seconds"), json.at("idle_seconds"), json.value("canary", false)};
}

SlurmJobs::SlurmJobs(const fs::path& store, const Plan& plan, bool ignore_gate)
    : folder_(store / "jobs" / IdOfPlan(plan, ignore_gate)) {}

SlurmJobs::SlurmJobs(fs::path folder) : folder_(std::move(folder)) {}

bool SlurmJobs::Exists() const { return store::Exists(folder_); }

std::string SlurmJobs::name() const {
  const auto file = folder_ / "name";
  return store::Exists(file) ? ReadBytes(file) : "dfkd-" + folder_.filename().string();
}

std::string SlurmJobs::WriteSettings(const WorkerSettings& settings) const {
  store::CreateFolders(folder_);
  store::WriteNewFile(folder_ / "name", fmt::format("dfkd-{}-{}", folder_.filename().string(),
                                                    store::NewToken().substr(0, 6)));
  const auto text = SettingsText(settings);
  const auto file = NameOf(settings);
  for (const auto& each : {file, std::string(kLatest)}) WriteFileAtomically(folder_ / each, text);
  return file;
}

std::string SlurmJobs::NameOf(const WorkerSettings& settings) {
  return fmt::format("settings-{}.json", Sha256Hex(SettingsText(settings)).substr(0, 12));
}

WorkerSettings SlurmJobs::ReadSettings(const std::string& name) const {
  if (!store::Exists(folder_ / kLatest))
    throw MakeError("{}: no workers were filed here; `dfkd submit` does", folder_.string());
  const auto latest = WorkerSettings::FromJson(ReadJson(folder_ / kLatest));
  if (name.empty()) return latest;
  if (fs::path(name).filename() != name)
    throw MakeError("--settings '{}' must be the name of a file in {}", name, folder_.string());
  auto settings = WorkerSettings::FromJson(ReadJson(folder_ / name));
  settings.budget = latest.budget;
  return settings;
}

void SlurmJobs::WriteOutstanding(const std::vector<std::string>& refs) const {
  const auto file = folder_ / "outstanding.json";
  if (!refs.empty() || store::Exists(file)) WriteFileAtomically(file, Json(refs).dump(1) + "\n");
}

std::vector<std::string> SlurmJobs::Outstanding() const {
  const auto file = folder_ / "outstanding.json";
  return store::Exists(file) ? ReadJson(file).get<std::vector<std::string>>()
                             : std::vector<std::string>();
}

std::string SlurmJobs::Script(const SlurmSite& site, const WorkerSettings& settings,
                              const std::vector<std::string>& command, int tasks,
                              const std::vector<std::string>& avoid,
                              const std::string& settings_name) const {
  std::string script = "#!/bin/bash\n";
  AddFlag(script, "job-name", name());
  AddFlag(script, "array", fmt::format("0-{}%{}", tasks - 1, site.workers));
  AddFlag(script, "partition", site.partition);
  AddResources(script, site, settings);
  AddFlag(script, "time", site.time);
  AddFlag(script, "signal", fmt::format("B:USR1@{}", settings.lead_seconds));
  AddFlag(script, "output", ForPattern((folder_ / "logs").string()) + "/%A_%a.log");
  script += "#SBATCH --requeue\n#SBATCH --open-mode=append\n";
  AddOwn(script, site, avoid);
  script += Exec(command) + " " + ForShell(folder_.string());
  return script + (settings_name.empty() ? "" : " --settings " + settings_name) + "\n";
}

std::string CanaryScript(const SlurmSite& site, const WorkerSettings& settings,
                         const CanaryJob& job, const std::vector<std::string>& command) {
  std::string script = "#!/bin/bash\n";
  AddFlag(script, "job-name", job.name);
  AddFlag(script, "partition", job.partition);
  AddResources(script, site, settings);
  AddFlag(script, "time", "10");
  AddFlag(script, "output", ForPattern(job.log));
  script += "#SBATCH --no-requeue\n";
  AddOwn(script, site, {});
  script += fmt::format("[ -e {0} ] || {{ echo problem: {0} is not seen here; exit 1; }}\n",
                        ForShell(job.script));
  return script + Exec(command) + "\n";
}

Lease SlurmJobs::Turn() const {
  const WorkFolder turn(folder_, Sha256Hex("filing workers"));
  while (true) {
    if (auto lease = TryAcquire(turn)) return std::move(*lease);
    std::this_thread::sleep_for(kNextTurn);
  }
}

FiledArray SlurmJobs::File(const std::string& script, int tasks) const {
  const auto token = store::NewToken();
  const auto file = folder_ / "scripts" / (token + ".sh");
  store::CreateFolders(folder_ / "logs");
  WriteFileAtomically(file, script);
  const FiledArray array{slurm::File(file), tasks};
  const Json record = {{"job", array.job}, {"tasks", tasks}, {"filed", store::UtcNow()}};
  WriteFileAtomically(folder_ / "arrays" / (store::UtcNow() + "-" + token + ".json"),
                      record.dump(1) + "\n");
  return array;
}

std::vector<FiledArray> SlurmJobs::Arrays() const {
  std::vector<FiledArray> arrays;
  for (const auto& file : JsonFilesIn(folder_ / "arrays")) {
    try {
      const auto json = ReadJson(file);
      arrays.push_back({json.at("job"), json.at("tasks")});
    } catch (const std::exception& e) {
      spdlog::warn("left out: {}", e.what());
    }
  }
  return arrays;
}

std::optional<double> SlurmJobs::SecondsSinceFiling() const {
  std::optional<fs::file_time_type> latest;
  for (const auto& file : JsonFilesIn(folder_ / "arrays")) {
    std::error_code gone;
    const auto written = fs::last_write_time(file, gone);
    if (!gone) latest = std::max(latest.value_or(written), written);
  }
  if (!latest) return std::nullopt;
  const std::chrono::duration<double> since = store::FileTimeNow(folder_ / "arrays") - *latest;
  return std::max(0.0, since.count());
}

}  // namespace dfkd
