// dfkd compare A B: two defences over the cells they share.
#include <fmt/format.h>

#include <cstdio>

#include "bench/cli/command.h"
#include "bench/scores/compare.h"

namespace dfkd::cli {
namespace {

struct CompareFlags {
  std::string a, b, matrix;
  std::vector<std::filesystem::path> scores = {".dfkd/scores"};
  bool json = false;
};

std::vector<Score> ScoresOf(const CompareFlags& flags) {
  std::vector<Score> scores;
  for (const auto& folder : flags.scores) {
    for (auto& score : ReadScores(folder)) {
      if (flags.matrix.empty() || score.matrix == flags.matrix) scores.push_back(std::move(score));
    }
  }
  return scores;
}

void Run(const CompareFlags& flags) {
  const auto comparison = CompareDefenses(ScoresOf(flags), flags.a, flags.b);
  fmt::print("{}", flags.json ? ToJson(comparison).dump(1) + "\n" : ToText(comparison));
}

}  // namespace

void AddCompare(CLI::App& app, Outcome&) {
  auto* verb = app.add_subcommand("compare", "compare two defences over the cells they share");
  const auto flags = std::make_shared<CompareFlags>();
  verb->add_option("A", flags->a, "id of a defence")->required();
  verb->add_option("B", flags->b, "id of the defence to compare with; differences are A minus B")
      ->required();
  verb->add_option("--matrix", flags->matrix, "only cells of this matrix");
  verb->add_option("--scores", flags->scores, "folders of scores")->capture_default_str();
  verb->add_flag("--json", flags->json, "as JSON");
  verb->footer(
      "Exit code: 2 if they share no cell.\n"
      "Examples:\n"
      "  dfkd compare mine abd\n"
      "  dfkd compare abd none --matrix quick --json");
  verb->callback([flags] { Run(*flags); });
}

}  // namespace dfkd::cli
