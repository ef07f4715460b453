#include "bench/cli/cluster.h"

#include <fmt/ranges.h>

#include <cstdio>
#include <filesystem>

#include "bench/core/hash.h"
#include "bench/engines/bring.h"
#include "bench/io/file.h"
#include "bench/stages/services.h"
#include "bench/store/failures.h"

namespace dfkd::cli {
namespace {

namespace fs = std::filesystem;

// The matrix as it was planned, with the settings of the command line in it.
Json FrozenPlan(const LoadedPlan& loaded) {
  const auto& chosen = loaded.selection;
  return {{"matrix", loaded.matrix.source},        {"folder", fs::current_path().string()},
          {"datasets", chosen.datasets},           {"attacks", chosen.attacks},
          {"distillers", chosen.distillers},       {"defenses", chosen.defenses},
          {"teacher_seeds", chosen.teacher_seeds}, {"student_seeds", chosen.student_seeds}};
}

void BringFromRemotes(const Plan& plan, const Store& store, const EngineFlags& flags) {
  const auto source = MakeSource(store, flags.remotes);
  if (!source) return;
  const auto tell = [](const std::string& line) { fmt::print(stderr, "{}\n", line); };
  const auto fetched = BringMissing(
      plan, store, *source, [] { return false; }, tell);
  tell(fmt::format("{} stages were fetched", fetched));
  SlurmJobs(store.root(), plan, flags.ignore_gate).WriteOutstanding(source->Outstanding());
}

}  // namespace

void AddSiteFlags(Verb& verb, EngineFlags& flags) {
  verb.Add("--site", &flags.site,
           "what the cluster wants to be told (default: $DFKD_SLURM_SITE, else "
           "~/.config/dfkd/slurm.json)")
      .Takes("FILE");
  verb.Add("--budget", &flags.budget,
           "workers begin nothing more once all attempts together took so long, e.g. 20gpuh or "
           "300cpuh")
      .Takes("HOURS");
}

SlurmRunOptions OptionsForSlurm(const LoadedPlan& loaded, const EngineFlags& flags) {
  const auto& device = flags.devices.front();
  if (flags.devices.size() != 1 || (device != "cpu" && !device.starts_with("cuda")))
    throw MakeError("--device '{}': a worker on a cluster has one, cpu or cuda",
                    fmt::join(flags.devices, ","));
  if (flags.jobs > 0)
    throw MakeError("--jobs {}: the file of the site says how many workers run at a time",
                    flags.jobs);
  if (flags.fail_fast) throw MakeError("--fail-fast: workers on a cluster run all that can be run");
  if (!flags.budget.empty()) ParseBudget(flags.budget);
  SlurmRunOptions options{.site = FindSlurmSite(flags.site)};
  options.settings = {.plan = FrozenPlan(loaded),
                      .store = loaded.store_folder.string(),
                      .data = loaded.data_folder.string(),
                      .device = device,
                      .threads = flags.threads,
                      .limit_seconds = loaded.matrix.stage_seconds,
                      .ignore_gate = flags.ignore_gate,
                      .budget = flags.budget,
                      .exclude = fmt::format("{}", fmt::join(options.site.Excluded(), ",")),
                      .lead_seconds = options.site.LeadSeconds()};
  options.command = {fs::read_symlink("/proc/self/exe").string(), "pull"};
  return options;
}

void PrepareForWorkers(const LoadedPlan& loaded, Store& store, const EngineFlags& flags) {
  KeepInputs(loaded, store, flags);
  BringFromRemotes(loaded.plan, store, flags);
  if (!flags.retry_failed) return;
  const Failures failures(store.root());
  for (const auto& planned : loaded.plan.stages) failures.Clear(planned.stage.key());
}

LoadedPlan LoadPulled(const SlurmJobs& jobs, const WorkerSettings& settings) {
  const auto& frozen = settings.plan;
  std::error_code gone;  // paths in the matrix may be relative to where it was submitted
  fs::current_path(frozen.at("folder").get<std::string>(), gone);
  // By its content: workers of another array may have been filed with another one.
  const auto text = frozen.at("matrix").dump(2) + "\n";
  const auto file = jobs.folder() / fmt::format("matrix-{}.json", Sha256Hex(text).substr(0, 12));
  WriteFileSoon(file, text);
  const Selection selection{frozen.at("datasets"),      frozen.at("attacks"),
                            frozen.at("distillers"),    frozen.at("defenses"),
                            frozen.at("teacher_seeds"), frozen.at("student_seeds")};
  auto loaded = dfkd::LoadPlan(
      {file.string(), "", selection, settings.store, settings.data, KindsOf({settings.device})},
      CheckModelFile);
  const SlurmJobs of_plan(loaded.store_folder, loaded.plan, settings.ignore_gate);
  if (of_plan.folder().filename() != jobs.folder().filename())
    throw MakeError(
        "{}: its plan is another by now, as the data or this program have changed; submit again",
        jobs.folder().string());
  return loaded;
}

}  // namespace dfkd::cli
