#include "bench/scores/cell_matrix.h"

#include <fmt/format.h>

#include "bench/matrix/matrix.h"

namespace dfkd {
namespace {

Json EntryJson(const std::string& id, const Entry& entry) {
  Json json = {{"id", id}, {"plugin", entry.plugin}, {"options", entry.options}};
  if (entry.attack_aware) json["attack_aware"] = true;
  return json;
}

// A list of defences is named by all of them; a composite makes its parts itself.
bool IsList(const Entry& entry) { return entry.plugin.find('+') != entry.plugin.npos; }

Json DefenseJson(const std::string& id, const Entry& entry) {
  if (!IsList(entry)) return EntryJson(id, entry);
  Json json = {{"id", id}, {"parts", Json::array()}};
  if (entry.attack_aware) json["attack_aware"] = true;
  for (const auto& part : entry.parts)
    json["parts"].push_back({{"plugin", part.plugin}, {"options", part.options}});
  return json;
}

// Of the data set, in the matrix file; absent if that does not say.
std::optional<double> HeldOut(const Json& matrix, const std::string& dataset) {
  if (matrix.is_null()) return std::nullopt;
  for (const auto& block : ReadMatrix(matrix, Plugins::kAnyones).matrix.blocks) {
    for (const auto& entry : block.datasets) {
      if (entry.id == dataset && entry.holdout > 0) return entry.holdout;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Json> MatrixOfCell(const Score& score, const Json& matrix) {
  const auto& cell = score.cell;
  Json dataset = EntryJson(cell.dataset, score.entries.at("dataset"));
  if (score.evaluated_on != "test") {
    const auto share = HeldOut(matrix, cell.dataset);
    if (!share) return std::nullopt;
    dataset["holdout"] = *share;
  }
  const auto list = [](Json item) { return Json::array({std::move(item)}); };
  Json block;
  block["datasets"] = list(dataset);
  block["attacks"] = list(EntryJson(cell.attack, score.entries.at("attack")));
  block["networks"] = list({{"teacher", cell.teacher_network}, {"student", cell.student_network}});
  block["distillers"] = list(EntryJson(cell.distiller, score.entries.at("distiller")));
  block["defenses"] = list(DefenseJson(cell.defense, score.entries.at("defense")));
  block["teacher_seeds"] = list(cell.teacher_seed);
  block["student_seeds"] = list(cell.student_seed);
  Json made = {{"schema", "matrix.v1"},
               {"name", score.matrix},
               {"preset", score.preset},
               {"profile", score.numerics.profile},
               {"demonstration", score.demonstration},
               {"blocks", list(std::move(block))}};
  if (score.teacher_recipe.is_object()) made["teacher"] = score.teacher_recipe;
  return made;
}

std::string CommandOfCell(const Score& score, const std::string& file) {
  auto command = fmt::format("dfkd run {} --threads {}", ShellWord(file), score.numerics.threads);
  if (score.numerics.device != "cpu")
    command += fmt::format(" --device {}", ShellWord(score.numerics.device));
  if (score.teacher && score.teacher->gate == "ignored") command += " --ignore-gate";
  return command;
}

// Single quotes keep everything but a single quote from the shell.
std::string ShellWord(const std::string& text) {
  const auto plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-/:";
  if (!text.empty() && text.find_first_not_of(plain) == text.npos) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace dfkd
