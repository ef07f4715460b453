#include "bench/scores/matrix_beside.h"

#include <set>

#include "bench/core/log.h"
#include "bench/matrix/check_matrix.h"
#include "bench/scores/clean_defenses.h"
#include "bench/scores/results_file.h"

namespace dfkd {
namespace {

void AddCells(const Block& block, const NetworkPair& networks, std::set<Cell>& cells) {
  for (const auto& dataset : block.datasets) {
    for (const auto& attack : block.attacks) {
      for (const auto& distiller : block.distillers) {
        for (const auto& defense : block.defenses) {
          for (const auto teacher_seed : block.teacher_seeds) {
            for (const auto student_seed : block.student_seeds) {
              cells.insert({dataset.id, attack.id, networks.teacher, networks.student, distiller.id,
                            defense.id, teacher_seed, student_seed});
            }
          }
        }
      }
    }
  }
}

// Links are not followed: they may lead to themselves.
bool IsPlainFile(const std::filesystem::path& file) {
  std::error_code unknown;
  return std::filesystem::is_regular_file(std::filesystem::symlink_status(file, unknown));
}

}  // namespace

std::optional<MatrixBeside> ReadMatrixBeside(const std::filesystem::path& folder) {
  const auto file = folder / kMatrixBesideScores;
  if (!IsPlainFile(file)) {
    std::error_code unknown;
    if (std::filesystem::exists(std::filesystem::symlink_status(file, unknown)))
      spdlog::warn("{}: is not read, for it is no plain file", file.string());
    return std::nullopt;
  }
  try {
    const Json source = ReadJson(file);
    const auto parsed = ReadMatrix(source, Plugins::kAnyones);
    MatrixBeside beside{parsed.matrix.name, parsed.matrix.summary, {}, source};
    if (!parsed.problems.empty()) {
      const auto& problem = parsed.problems.front();
      spdlog::warn("{}: {}: {}", file.string(), problem.path, problem.reason);
      return beside.name.empty() ? std::nullopt : std::optional(beside);
    }
    if (const auto reason = TooManyCells(parsed.matrix.blocks); !reason.empty()) {
      spdlog::warn("{}: {}; what is missing is not told", file.string(), reason);
      return beside;
    }
    std::set<Cell> cells;
    for (const auto& block : parsed.matrix.blocks) {
      for (const auto& networks : block.networks) AddCells(block, networks, cells);
    }
    beside.cells.assign(cells.begin(), cells.end());
    beside.clean_defenses = CleanDefenses(parsed.matrix);
    return beside;
  } catch (const std::exception& e) {
    spdlog::warn("nothing is known of what was planned: {}", e.what());
    return std::nullopt;
  }
}

std::optional<Matrix> OwnMatrixBeside(const std::filesystem::path& folder) {
  const auto file = folder / kMatrixBesideScores;
  if (!IsPlainFile(file)) return std::nullopt;
  try {
    auto parsed = ReadMatrix(ReadJson(file), Plugins::kAnyones);
    if (!parsed.problems.empty() || !HasItsPlugins(parsed.matrix)) return std::nullopt;
    return std::move(parsed.matrix);
  } catch (const std::exception&) {  // ReadMatrixBeside tells it
    return std::nullopt;
  }
}

std::vector<std::string> MissingScores(const std::filesystem::path& folder) {
  std::vector<std::string> missing;
  const auto beside = ReadMatrixBeside(folder);
  if (!beside) return missing;
  std::set<std::string> kept;
  for (const auto& file : ResultsFiles(folder)) {
    for (const auto& result : ReadResultLines(file).results) kept.insert(CellId(result.score.cell));
  }
  for (const auto& cell : beside->cells) {
    const auto id = CellId(cell);
    const bool there = kept.contains(id) || IsPlainFile(folder / (id + ".json"));
    if (!there) missing.push_back(id);
  }
  return missing;
}

}  // namespace dfkd
