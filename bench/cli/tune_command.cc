// dfkd tune FILE: settings of defences, chosen by one rule on held-out data.
#include <cstdio>
#include <memory>

#include "bench/cli/command.h"
#include "bench/cli/execute.h"
#include "bench/cli/matrix_flags.h"
#include "bench/io/file.h"
#include "bench/scores/folder_name.h"
#include "bench/scores/load_scores.h"
#include "bench/scores/tuning.h"
#include "bench/scores/write_scores.h"
#include "bench/stages/services.h"

namespace dfkd::cli {
namespace {

namespace fs = std::filesystem;

struct TuneFlags {
  fs::path file, out;
  MatrixFlags matrix;
  EngineFlags engine;
  bool plan_only = false;
};

// Runs the matrix, and returns its exit code.
int RunSettings(const TuneFlags& flags, const fs::path& scores) {
  const auto loaded = LoadPlan(flags.matrix, KindsOf(flags.engine.devices));
  Store store(loaded.store_folder);
  auto report = Execute(loaded, store, flags.engine);
  ReadOrRepair(loaded, store, flags.engine, report,
               [&] { WriteScores(ScoringOf(loaded, false), store, scores); });
  TellFailures(loaded.plan, report);
  return report.ExitCode();
}

void TellChoice(const Tuned& tuned) {
  for (const auto& defense : tuned.defenses) {
    if (!defense.chosen) {
      fmt::print(stderr, "{}: no setting ended in every cell, or no attack passed its gate\n",
                 defense.id);
    } else if (!defense.keeps) {
      fmt::print(stderr,
                 "{}: no setting keeps the ACC that is asked for; chosen is who keeps most\n",
                 defense.id);
    }
  }
}

int Run(TuneFlags flags) {
  const auto file = ReadTuneFile(ReadJson(flags.file), flags.file.string());
  const auto out = flags.out.empty() ? fs::path(".dfkd/tune") / FolderName(file.name) : flags.out;
  flags.matrix.matrix = (out / "matrix.json").string();
  ParseMatrix(file.matrix, flags.file.string());  // before anything is written
  WriteFileAtomically(flags.matrix.matrix, file.matrix.dump(2) + "\n");
  if (flags.plan_only) {
    fmt::print("{}\n", flags.matrix.matrix);
    return 0;
  }
  RequireStages();
  const auto scores = out / "scores";
  const int code = RunSettings(flags, scores);
  if (code > 1) return code;
  const auto tuned = ChooseSettings(file, LoadScores({scores}).scores);
  const auto table = TuneTable(file, tuned);
  WriteFileAtomically(out / "table.md", table);
  WriteFileAtomically(out / "chosen.json", ChosenEntries(file, tuned).dump(2) + "\n");
  fmt::print("{}", table);
  std::fflush(stdout);
  TellChoice(tuned);
  fmt::print(stderr, "table.md and chosen.json are in {}\n", out.string());
  return code;
}

}  // namespace

void AddTune(Program& program) {
  auto& verb = program.AddVerb("tune", "Choose settings of defences by one rule on held-out data");
  const auto flags = std::make_shared<TuneFlags>();
  verb.Add("file", &flags->file, "grids, cells and rule (bench/tunings, docs/protocol.md)")
      .Required()
      .Takes("FILE");
  AddStoreFlag(verb, flags->matrix.store);
  verb.Add("--data", &flags->matrix.data,
           "data folder (default: $DFKD_DATA, else ~/.local/share/dfkd/data)")
      .Takes("DIR");
  verb.Add("--jobs", &flags->engine.jobs, "stages at a time, as `dfkd run`").Between(1, 4096);
  AddDeviceFlags(verb, flags->engine);
  AddRemoteFlags(verb, flags->engine.remotes);
  verb.Add("--out", &flags->out, "matrix, scores, table and choice (default .dfkd/tune/<name>)")
      .Takes("DIR");
  verb.Add("--plan-only", &flags->plan_only,
           "write the matrix that would run and print its name, for `dfkd plan`");
  verb.Footer(
      "Every defence has the same number of settings; all run on the same cells of held-out "
      "images.\n"
      "Exit code: 0 all cells ended, 1 a cell failed, 2 usage or data, 130 interrupted (it goes "
      "on).\n"
      "Examples:\n"
      "  dfkd tune bench/tunings/fashion.json --jobs 2\n"
      "  dfkd plan $(dfkd tune bench/tunings/fashion.json --plan-only)");
  verb.Runs([flags] { return Run(*flags); });
}

}  // namespace dfkd::cli
