// dfkd detectors: how well detectors tell the poisoned teachers of scores from the clean ones.
#include <fmt/ranges.h>

#include <cstdio>
#include <memory>

#include "bench/cli/command.h"
#include "bench/cli/offers.h"
#include "bench/core/detector.h"
#include "bench/core/error.h"
#include "bench/core/log.h"
#include "bench/core/printable.h"
#include "bench/scores/detector_table.h"
#include "bench/scores/load_scores.h"

namespace dfkd::cli {
namespace {

struct DetectorsFlags {
  std::vector<std::filesystem::path> scores = {".dfkd/scores"};
  std::string matrix;
  bool list = false, json = false;
};

void ListDetectors(bool json) {
  Json cards = Json::array();
  for (const auto& card : DetectorCards()) {
    cards.push_back({{"name", card.name},
                     {"summary", card.summary},
                     {"paper", card.paper},
                     {"revision", card.revision},
                     {"options", ResolveDetector(card.name, Json::object()).at("options")}});
    if (!json) fmt::print("{:<12} {}\n", card.name, card.summary);
    for (const auto& option : card.options) {
      if (!json)
        fmt::print("  {:<14} {:<8} {}\n", option.name, option.limits.initial.dump(), option.doc);
    }
  }
  if (json) fmt::print("{}\n", cards.dump(1));
}

void PrintTable(const DetectorsFlags& flags) {
  auto loaded = LoadScores(flags.scores);
  for (const auto& problem : loaded.left_out)
    spdlog::warn("left out: {}:{}: {}", problem.file.string(), problem.path, problem.reason);
  std::erase_if(loaded.scores, [&](const Score& score) {
    return score.detectors.empty() || (!flags.matrix.empty() && score.matrix != flags.matrix);
  });
  if (loaded.scores.empty()) {
    std::vector<std::string> folders;
    for (const auto& folder : flags.scores) folders.push_back(folder.string());
    throw MakeError("no score in {}{} asked a detector; name some in a matrix: \"detectors\"",
                    fmt::join(folders, ", "),
                    flags.matrix.empty() ? "" : " of matrix " + flags.matrix);
  }
  const auto rows = DetectorTable(loaded.scores);
  fmt::print("{}", flags.json ? ToJson(rows).dump(1) + "\n" : Printable(ToText(rows), "\n"));
}

}  // namespace

void AddDetectors(Program& program) {
  auto& verb = program.AddVerb(
      "detectors", "How well detectors tell the poisoned teachers of scores from the clean ones");
  const auto flags = std::make_shared<DetectorsFlags>();
  verb.Add("--scores", &flags->scores, "folders of scores").ShowsDefault();
  verb.Add("--matrix", &flags->matrix, "only cells of this matrix").Offers(ShippedMatrices());
  verb.Add("--list", &flags->list, "which detectors there are, with their options");
  verb.Add("--json", &flags->json, "as JSON");
  verb.NeedsNoPlugins();
  verb.Footer(
      "A block of a matrix names them: \"detectors\": [\"mm_bd\", \"free_eagle\"]. By matrix and\n"
      "attack: the AUROC over teachers, and which share of the poisoned and of the clean ones the\n"
      "detector refuses.\n"
      "Exit code: 2 if no score asked one.\n"
      "Examples:\n"
      "  dfkd detectors --list\n"
      "  dfkd detectors --scores .dfkd/scores --json");
  verb.Runs([flags] {
    flags->list ? ListDetectors(flags->json) : PrintTable(*flags);
    return 0;
  });
}

}  // namespace dfkd::cli
