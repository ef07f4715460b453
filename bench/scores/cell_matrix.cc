#include "bench/scores/cell_matrix.h"

#include <fmt/format.h>

#include <algorithm>

#include "bench/matrix/matrix.h"
#include "bench/scores/members.h"

namespace dfkd {
namespace {

Json EntryJson(const std::string& id, const Entry& entry) {
  Members members;
  members.Add("id", id).Add("plugin", entry.plugin).Add("options", entry.options);
  if (entry.attack_aware) members.Add("attack_aware", true);
  return members.Take();
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

bool NamesOne(const std::vector<MatrixEntry>& entries, const std::string& id) {
  return std::any_of(entries.begin(), entries.end(),
                     [&](const auto& entry) { return entry.id == id; });
}

bool NamesNetworks(const Block& block, const Cell& cell) {
  return std::any_of(block.networks.begin(), block.networks.end(), [&](const auto& pair) {
    return pair.teacher == cell.teacher_network && pair.student == cell.student_network;
  });
}

bool NamesSeeds(const Block& block, const Cell& cell) {
  const auto& teachers = block.teacher_seeds;
  const auto& students = block.student_seeds;
  return std::count(teachers.begin(), teachers.end(), cell.teacher_seed) > 0 &&
         std::count(students.begin(), students.end(), cell.student_seed) > 0;
}

// Of the blocks that name the cell the first, for that is the one that was run. Seeds and defences
// may have been given on the command line: if no block has them, the first with the rest.
const Block* BlockWith(const std::vector<Block>& blocks, const Cell& cell) {
  const Block* found = nullptr;
  for (const auto& block : blocks) {
    const bool fits = NamesOne(block.datasets, cell.dataset) &&
                      NamesOne(block.attacks, cell.attack) &&
                      NamesOne(block.distillers, cell.distiller) && NamesNetworks(block, cell);
    if (!fits) continue;
    if (NamesOne(block.defenses, cell.defense) && NamesSeeds(block, cell)) return &block;
    if (!found) found = &block;
  }
  return found;
}

// Of the data set, in the matrix file; absent if that does not say.
std::optional<double> HeldOut(const std::vector<Block>& blocks, const std::string& dataset) {
  for (const auto& block : blocks) {
    for (const auto& entry : block.datasets) {
      if (entry.id == dataset && entry.holdout > 0) return entry.holdout;
    }
  }
  return std::nullopt;
}

// What only the matrix file says of a cell; how it was asked, in scores of older versions.
struct SaidByFile {
  std::optional<double> holdout;
  Json detectors = Json::array(), reactivation = nullptr;
  std::string missing;  // one line
};

bool TriesStudents(const Json& matrix) {
  if (!matrix.is_object() || !matrix.contains("blocks")) return false;
  const auto& blocks = matrix.at("blocks");
  return std::any_of(blocks.begin(), blocks.end(), [](const Json& block) {
    return block.is_object() && block.contains("reactivation");
  });
}

std::string WhatIsMissing(const Score& score, const SaidByFile& said) {
  if (score.evaluated_on != "test" && !said.holdout)
    return "evaluated on validation images, and how many were held out is in the matrix file only";
  if (said.detectors.size() < score.detectors.size())
    return "detectors were asked, and with which options is in the matrix file only";
  if (!score.reactivation.empty() && said.reactivation.is_null())
    return "students were tried for a backdoor that sleeps, and how is in the matrix file only";
  return "";
}

// Whether the file says anything of the cell that its score does not.
bool FileMatters(const Score& score, bool tries_students) {
  const bool asks = !score.detectors.empty() || tries_students;
  return score.evaluated_on != "test" || (asks && !score.provenance.asked);
}

// As the score itself says, whatever stands in the file today.
void AskAgain(const HowAsked& asked, SaidByFile& said) {
  said.reactivation = asked.reactivation;
  for (const auto& [id, detector] : asked.detectors)
    said.detectors.push_back(EntryJson(id, detector));
}

SaidByFile AskBlocks(const Score& score, const std::vector<Block>& blocks) {
  SaidByFile said;
  said.holdout = HeldOut(blocks, score.cell.dataset);
  if (score.provenance.asked) {
    AskAgain(*score.provenance.asked, said);
  } else if (const auto* block = BlockWith(blocks, score.cell)) {
    said.reactivation = block->reactivation;
    for (const auto& detector : block->detectors) {
      if (!score.detectors.contains(detector.id)) continue;
      said.detectors.push_back({{"id", detector.id},
                                {"plugin", detector.key.at("plugin")},
                                {"options", detector.key.at("options")}});
    }
  }
  said.missing = WhatIsMissing(score, said);
  return said;
}

SaidByFile AskFile(const Score& score, const std::vector<Block>& blocks, bool tries_students) {
  static const std::vector<Block> none;
  return AskBlocks(score, FileMatters(score, tries_students) ? blocks : none);
}

// A file that says nothing of the score is not read: whatever is wrong in it costs nothing.
CellMatrices ForOne(const Score& score, const Json& matrix) {
  return CellMatrices(FileMatters(score, TriesStudents(matrix)) ? matrix : Json(nullptr));
}

Json ListOf(Json item) {
  Json list = Json::array();
  list.push_back(std::move(item));
  return list;
}

Json BlockJson(const Score& score, const SaidByFile& said) {
  const auto& cell = score.cell;
  Json dataset = EntryJson(cell.dataset, score.entries.at("dataset"));
  if (score.evaluated_on != "test") dataset["holdout"] = *said.holdout;
  const auto entry = [&](const char* axis, const std::string& id) {
    return ListOf(EntryJson(id, score.entries.at(axis)));
  };
  Members block;
  block.Add("datasets", ListOf(std::move(dataset)))
      .Add("attacks", entry("attack", cell.attack))
      .Add("networks", ListOf(Members()
                                  .Add("teacher", cell.teacher_network)
                                  .Add("student", cell.student_network)
                                  .Take()))
      .Add("distillers", entry("distiller", cell.distiller))
      .Add("defenses", ListOf(DefenseJson(cell.defense, score.entries.at("defense"))))
      .Add("teacher_seeds", ListOf(cell.teacher_seed))
      .Add("student_seeds", ListOf(cell.student_seed));
  if (!said.detectors.empty()) block.Add("detectors", said.detectors);
  if (!said.reactivation.is_null()) block.Add("reactivation", said.reactivation);
  return block.Take();
}

Json MatrixWith(const Score& score, const SaidByFile& said) {
  Members made;
  made.Add("schema", "matrix.v1")
      .Add("name", score.matrix)
      .Add("preset", score.preset)
      .Add("profile", score.numerics.profile)
      .Add("demonstration", score.demonstration)
      .Add("blocks", ListOf(BlockJson(score, said)));
  if (score.teacher_recipe.is_object()) made.Add("teacher", score.teacher_recipe);
  return made.Take();
}

}  // namespace

CellMatrices::CellMatrices(const Json& matrix) : tries_students_(TriesStudents(matrix)) {
  auto blocks = std::make_shared<std::vector<Block>>();
  if (!matrix.is_null()) *blocks = ReadMatrix(matrix, Plugins::kAnyones).matrix.blocks;
  blocks_ = std::move(blocks);
}

std::optional<Json> CellMatrices::Of(const Score& score) const {
  const auto said = AskFile(score, *blocks_, tries_students_);
  if (!said.missing.empty()) return std::nullopt;
  return MatrixWith(score, said);
}

std::string CellMatrices::WhyNot(const Score& score) const {
  return AskFile(score, *blocks_, tries_students_).missing;
}

std::optional<Json> MatrixOfCell(const Score& score, const Json& matrix) {
  return ForOne(score, matrix).Of(score);
}

std::string WhyNoMatrixOfCell(const Score& score, const Json& matrix) {
  return ForOne(score, matrix).WhyNot(score);
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
