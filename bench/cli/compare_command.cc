// dfkd compare A B: two defences over the cells they share. Or a paper beside a rerun.
#include <fmt/ranges.h>

#include <cstdio>
#include <memory>
#include <set>

#include "bench/cli/command.h"
#include "bench/cli/offers.h"
#include "bench/cli/sources_now.h"
#include "bench/core/error.h"
#include "bench/core/log.h"
#include "bench/core/printable.h"
#include "bench/core/suggest.h"
#include "bench/scores/load_scores.h"
#include "leaderboard/standings/changed_scores.h"
#include "leaderboard/standings/compare.h"
#include "leaderboard/standings/reference.h"
#include "leaderboard/standings/twins.h"

namespace dfkd::cli {
namespace {

struct CompareFlags {
  std::string a, b, matrix, reference;
  std::vector<std::filesystem::path> scores = {".dfkd/scores"};
  std::vector<std::string> distillers;
  bool json = false, csv = false, latex = false, markdown = false;
};

// What --distiller names, of all if it names none.
void KeepDistillers(const CompareFlags& flags, std::vector<Score>& scores) {
  std::set<std::string> known;
  for (const auto& score : scores) known.insert(score.cell.distiller);
  for (const auto& distiller : flags.distillers) {
    if (known.contains(distiller)) continue;
    const std::vector<std::string> names(known.begin(), known.end());
    throw MakeError("--distiller '{}': no score is of it; {}there are scores of {}", distiller,
                    Guess(distiller, names), fmt::join(names, ", "));
  }
  if (flags.distillers.empty()) return;
  const std::set<std::string> kept(flags.distillers.begin(), flags.distillers.end());
  std::erase_if(scores, [&](const Score& score) { return !kept.contains(score.cell.distiller); });
}

std::vector<Score> ScoresOf(const CompareFlags& flags) {
  std::vector<Score> scores;
  std::set<std::string> matrices;
  auto loaded = LoadScores(flags.scores);
  for (const auto& problem : loaded.left_out) {
    spdlog::warn("left out: {}:{}: {}", problem.file.string(), problem.path, problem.reason);
  }
  for (auto& score : loaded.scores) {
    matrices.insert(score.matrix);
    if (flags.matrix.empty() || score.matrix == flags.matrix) scores.push_back(std::move(score));
  }
  if (!loaded.left_out.empty()) {
    fmt::print(stderr, "{} of {} scores left out: not valid, or of another experiment\n",
               loaded.left_out.size(), loaded.left_out.size() + loaded.scores.size());
  }
  if (!flags.matrix.empty() && !matrices.contains(flags.matrix)) {
    const std::vector<std::string> known(matrices.begin(), matrices.end());
    throw MakeError("--matrix '{}': no score is of it; {}there are scores of {}", flags.matrix,
                    Guess(flags.matrix, known), fmt::join(known, ", "));
  }
  KeepDistillers(flags, scores);
  return scores;
}

void TellChanged(const std::vector<Score>& scores, const CompareFlags& flags) {
  std::vector<Score> compared;
  for (const auto& score : scores) {
    const auto& defense = score.cell.defense;
    if (defense == flags.a || defense == flags.b) compared.push_back(score);
  }
  for (const auto& changed : FindChangedScores(compared, SourcesNow())) {
    fmt::print(stderr, "ATTENTION: {}\n", Printable(ToText(changed)));
  }
  if (const auto twins = ToText(FindTwins(compared)); !twins.empty())
    fmt::print(stderr, "ATTENTION: {}\n", Printable(twins));
}

void RequireOneFormat(const CompareFlags& flags) {
  if (flags.json + flags.csv + flags.latex + flags.markdown > 1)
    throw MakeError("compare: one of --json, --csv, --latex and --markdown at a time");
  if (!flags.reference.empty() && (flags.csv || flags.latex || flags.markdown))
    throw MakeError("compare: --reference is written as text or with --json");
}

void RunReference(const CompareFlags& flags) {
  const auto reference = LoadReference(flags.reference);
  const auto scores = ScoresOf(flags);
  const auto comparisons = CompareWithReference(reference, scores);
  fmt::print("{}", flags.json ? ToJson(reference, comparisons).dump(1) + "\n"
                              : Printable(ToText(reference, comparisons), "\n"));
}

void Run(const CompareFlags& flags) {
  RequireOneFormat(flags);
  if (!flags.reference.empty()) return RunReference(flags);
  if (flags.a.empty() || flags.b.empty()) {
    throw MakeError("compare: give two defences, or --reference NAME with one of {}",
                    fmt::join(ShippedReferences(), ", "));
  }
  const auto scores = ScoresOf(flags);
  const auto comparison = CompareDefenses(scores, flags.a, flags.b);
  fmt::print("{}", flags.json       ? ToJson(comparison).dump(1) + "\n"
                   : flags.csv      ? ToCsv(comparison)
                   : flags.latex    ? ToLatex(comparison)
                   : flags.markdown ? ToMarkdown(comparison)
                                    : Printable(ToText(comparison), "\n"));
  TellChanged(scores, flags);
}

}  // namespace

void AddCompare(Program& program) {
  auto& verb = program.AddVerb(
      "compare", "compare two defences over the cells they share, or a paper with its rerun");
  const auto flags = std::make_shared<CompareFlags>();
  auto& a = verb.Add("A", &flags->a, "id of a defence").Offers(PluginNames(PluginKind::kDefense));
  verb.Add("B", &flags->b, "id of the defence to compare with; differences are A minus B")
      .Offers(PluginNames(PluginKind::kDefense));
  verb.Add("--reference", &flags->reference,
           "a paper's printed numbers beside the rerun: a shipped name or a file")
      .Takes("NAME")
      .Excludes(a);
  verb.Add("--matrix", &flags->matrix, "only cells of this matrix").Offers(ShippedMatrices());
  verb.Add("--scores", &flags->scores, "folders of scores").ShowsDefault();
  verb.Add("--distiller", &flags->distillers, "only cells of these distillers")
      .SplitsAtCommas()
      .Offers(PluginNames(PluginKind::kDistiller));
  verb.Add("--json", &flags->json, "as JSON, with every cell");
  verb.Add("--csv", &flags->csv, "the table as CSV, in fractions");
  verb.Add("--latex", &flags->latex, "the table for a paper (booktabs)");
  verb.Add("--markdown", &flags->markdown, "the table for a page");
  verb.NeedsNoPlugins();
  verb.Footer(
      "By attack and over all: what each has, the difference over the cells they share, its 95 %\n"
      "interval, Holm's p-value, who is better (in brackets: not proven, or by a collapse); cost;\n"
      "what is missing. Every data set, pair of networks and distiller is a table with tests of\n"
      "its own; what is pooled over several is not tested.\n"
      "Exit code: 2 if they share no cell.\n"
      "Examples:\n"
      "  dfkd compare mine abd\n"
      "  dfkd compare mine abd --matrix quick --distiller zskt --latex\n"
      "  dfkd compare abd none --matrix quick --json\n"
      "  dfkd compare --reference abd_2023 --scores leaderboard/results");
  verb.Runs([flags] {
    Run(*flags);
    return 0;
  });
}

}  // namespace dfkd::cli
