#include "bench/scores/stale_scores.h"

#include <unistd.h>

#include <algorithm>
#include <unordered_map>

#include "bench/scores/agreement.h"
#include "bench/scores/validate.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

bool HasEntry(const std::vector<MatrixEntry>& entries, const std::string& id) {
  return std::any_of(entries.begin(), entries.end(),
                     [&](const MatrixEntry& entry) { return entry.id == id; });
}

bool HasNetworks(const Block& block, const Cell& cell) {
  return std::any_of(block.networks.begin(), block.networks.end(), [&](const NetworkPair& pair) {
    return pair.teacher == cell.teacher_network && pair.student == cell.student_network;
  });
}

// Whether the matrix has such a cell. Seeds and defences may have been given on the command line.
bool Names(const Matrix& matrix, const Cell& cell) {
  return std::any_of(matrix.blocks.begin(), matrix.blocks.end(), [&](const Block& block) {
    return HasEntry(block.datasets, cell.dataset) && HasEntry(block.attacks, cell.attack) &&
           HasEntry(block.distillers, cell.distiller) && HasNetworks(block, cell);
  });
}

class Judge {
 public:
  Judge(const Scoring& scoring, const ClaimsOfScores& written)
      : scoring_(scoring), written_(written) {
    for (const auto& cell : scoring.plan.cells) planned_[cell.id] = &cell;
  }

  bool IsStale(const fs::path& file) const {
    if (written_.HasCell(file.stem().string())) return false;
    const auto score = ReadValidScore(file).score;
    if (!score || score->matrix != scoring_.matrix.name) return false;
    const auto cell = planned_.find(CellId(score->cell));
    if (cell != planned_.end()) return !IsOfThisEvaluation(*score, *cell->second);
    return !Names(scoring_.matrix, score->cell) || written_.Contradict(*score);
  }

 private:
  bool IsOfThisEvaluation(const Score& score, const PlannedCell& cell) const {
    if (score.status != Status::kOk || cell.student_evaluation == kNoStage) return false;
    const auto key = scoring_.plan.At(cell.student_evaluation).stage.key();
    const auto& stages = score.provenance.stages;
    return std::any_of(stages.begin(), stages.end(),
                       [&](const auto& stage) { return stage.second == key; });
  }

  const Scoring& scoring_;
  const ClaimsOfScores& written_;
  std::unordered_map<std::string, const PlannedCell*> planned_;
};

}  // namespace

void RequireFolderOf(const std::string& name, const fs::path& out) {
  std::error_code failed;
  fs::create_directories(out, failed);
  if (failed || ::access(out.c_str(), W_OK) != 0) {
    throw MakeError("--out {}: cannot be written: {}", out.string(),
                    failed ? failed.message() : "permission denied");
  }
  const auto file = out / kMatrixBesideScores;
  if (!fs::exists(file)) return;
  const Json matrix = ReadJson(file);
  const auto there = matrix.is_object() ? matrix.value("name", Json()) : Json();
  if (there == name) return;
  throw MakeError("--out {}: holds scores of the matrix {}, not of '{}'; give another folder",
                  out.string(), there.dump(), name);
}

void ClaimsOfScores::Add(const Score& score) {
  cells_.insert(CellId(score.cell));
  for (auto& claim : ClaimsOf(score)) claims_[claim.name] = std::move(claim.value);
}

void ClaimsOfScores::Add(ClaimsOfScores others) {
  cells_.merge(others.cells_);
  claims_.merge(others.claims_);
}

bool ClaimsOfScores::Contradict(const Score& score) const {
  for (const auto& claim : ClaimsOf(score)) {
    const auto now = claims_.find(claim.name);
    if (now != claims_.end() && now->second != claim.value) return true;
  }
  return false;
}

std::vector<fs::path> SetAsideStale(const Scoring& scoring, const ClaimsOfScores& written,
                                    const fs::path& out) {
  const Judge judge(scoring, written);
  std::vector<fs::path> stale;
  for (const auto& file : ScoreFiles(out)) {
    if (file.parent_path() != out || !judge.IsStale(file)) continue;
    fs::rename(file, file.string() + ".old");
    stale.push_back(file);
  }
  return stale;
}

}  // namespace dfkd
