// dfkd score: the score files of a matrix, again, from what the store holds. Computes nothing.
#include <iostream>
#include <memory>

#include "bench/cli/command.h"
#include "bench/cli/matrix_flags.h"
#include "bench/scores/write_scores.h"

namespace dfkd::cli {
namespace {

struct ScoreFlags {
  MatrixFlags matrix;
  std::string out, device = "cpu";
  bool ignore_gate = false, json = false;
};

void Run(const ScoreFlags& flags) {
  ExistingStore(flags.matrix.store);  // before planning makes one
  const auto loaded = LoadPlan(flags.matrix, KindsOfRun(flags.device));
  Store store(loaded.store_folder);
  const auto out = ScoresFolder(flags.out, loaded.matrix.name);
  const auto written = WriteScores(ScoringOf(loaded, flags.ignore_gate), store, out);
  if (flags.json) {
    Json list = Json::array(), digests = Json::object();
    for (const auto& file : written.files) {
      list.push_back(file.string());
      digests[file.string()] = Digest(ReadScore(file));
    }
    std::cout
        << Json{{"scores", list}, {"digests", digests}, {"cells", loaded.plan.cells.size()}}.dump(2)
        << "\n";
  }
  TellSetAside(written.set_aside);
  std::cerr << fmt::format("{} of {} cells have a score, in {}\n", written.files.size(),
                           loaded.plan.cells.size(), out.string());
}

}  // namespace

void AddScore(Program& program) {
  auto flags = std::make_shared<ScoreFlags>();
  auto& verb = program.AddVerb("score", "Write the score files of what has been computed");
  verb.Footer("Examples:\n  dfkd score quick\n  dfkd score quick --out results/quick --json");
  AddMatrixFlags(verb, flags->matrix);
  AddDeviceOfRun(verb, flags->device);
  verb.Add("--out", &flags->out, "folder of the score files (default .dfkd/scores/<matrix>)");
  verb.Add("--ignore-gate", &flags->ignore_gate,
           "score cells whose attack failed the gate as well");
  verb.Add("--json", &flags->json, "the list of files, for machines");
  verb.Runs([flags] {
    Run(*flags);
    return 0;
  });
}

}  // namespace dfkd::cli
