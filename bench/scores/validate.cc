#include "bench/scores/validate.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "bench/core/error.h"
#include "bench/io/schema.h"
#include "bench/matrix/check_matrix.h"
#include "bench/scores/results_file.h"
#include "bench/scores/tuning.h"

namespace dfkd {
namespace {

void Append(std::vector<Problem>& problems, std::vector<Problem> more) {
  problems.insert(problems.end(), more.begin(), more.end());
}

// A matrix.json lies beside scores: it says what was run, perhaps by a program with other plugins.
// By this one it can be run again, so that all must be right.
Plugins PluginsOf(const Json& matrix, const std::filesystem::path& file) {
  if (file.filename() != kMatrixBesideScores) return Plugins::kRegistered;
  const bool ours = HasItsPlugins(ReadMatrix(matrix, Plugins::kAnyones).matrix);
  return ours ? Plugins::kRegistered : Plugins::kAnyones;
}

std::vector<Problem> ValidateMatrix(const Json& matrix, const std::filesystem::path& file) {
  const auto plugins = PluginsOf(matrix, file);
  std::vector<Problem> problems;
  for (const auto& [path, reason] : CheckMatrix(matrix, plugins)) {
    problems.push_back({file, path, reason});
  }
  return problems;
}

constexpr const char* kNoLink = "must not be a link";

bool IsLink(const std::filesystem::path& file) {
  std::error_code unknown;
  return std::filesystem::is_symlink(std::filesystem::symlink_status(file, unknown));
}

std::vector<Problem> ValidateDocument(const Json& document, const std::filesystem::path& file) {
  const auto schema =
      document.is_object() && document.contains("schema") && document["schema"].is_string()
          ? document["schema"].get<std::string>()
          : "";
  if (schema == "tune.v1")
    return ValidateMatrix(ReadTuneFile(document, file.string()).matrix, file);
  if (schema != "scores.v1" && schema != "matrix.v1" && schema != "reference.v1") {
    return {{file, "/schema",
             "'" + schema + "' must be one of: scores.v1, matrix.v1, reference.v1, tune.v1"}};
  }
  if (schema == "matrix.v1") return ValidateMatrix(document, file);
  if (schema == "scores.v1" && IsLink(file)) return {{file, "", kNoLink}};
  std::vector<Problem> problems;
  for (const auto& [path, reason] : CheckSchema(document, schema)) {
    problems.push_back({file, path, reason});
  }
  if (!problems.empty()) return problems;
  if (schema == "reference.v1") return CheckReference(document, file);
  return CheckScore(ScoreFrom(document, file.string()), file);
}

// Adds what is to be compared: of each cell the newest result, which is what sites show.
std::vector<Problem> ValidateResults(const std::filesystem::path& file,
                                     std::vector<Score>& scores) {
  auto read = ReadResultLines(file);
  for (auto& result : NewestOfCells(read.results)) scores.push_back(std::move(result.score));
  return std::move(read.problems);
}

// The site would not show what such a file plans. Beside scores of several matrices it belongs to
// some of them.
std::vector<Problem> CheckMatricesBeside(const std::map<std::filesystem::path, std::string>& names,
                                         const std::vector<Score>& scores) {
  std::map<std::filesystem::path, std::set<std::string>> beside;  // by folder
  for (const auto& score : scores) beside[score.file.parent_path()].insert(score.matrix);
  std::vector<Problem> problems;
  for (const auto& [file, name] : names) {
    const auto found = beside.find(file.parent_path());
    if (found == beside.end() || found->second.contains(name)) continue;
    problems.push_back({file, "/name",
                        fmt::format("'{}' is not the matrix of the scores beside it: '{}'", name,
                                    *found->second.begin())});
  }
  return problems;
}

}  // namespace

std::vector<Problem> ValidateFile(const std::filesystem::path& file) {
  if (file.extension() == kResultsExtension) return ReadResultLines(file).problems;
  try {
    return ValidateDocument(ReadJson(file), file);
  } catch (const std::exception& e) {
    // Files may come from strangers: whatever a library makes of one, it is named.
    return {{file, "", IsLink(file) ? kNoLink : e.what()}};
  }
}

ReadScoreFile ReadValidScore(const std::filesystem::path& file) {
  ReadScoreFile read;
  try {
    const Json document = ReadJson(file);
    for (const auto& [path, reason] : CheckSchema(document, "scores.v1")) {
      read.problems.push_back({file, path, reason});
    }
    if (!read.problems.empty()) return read;
    auto score = ScoreFrom(document, file.string());
    score.file = file;
    read.problems = CheckScore(score, file);
    read.score = std::move(score);
  } catch (const std::exception& e) {
    read.problems.push_back({file, "", e.what()});
  }
  return read;
}

std::vector<Problem> ValidateFiles(const std::vector<std::filesystem::path>& files) {
  std::vector<Problem> problems;
  std::vector<Score> scores;
  std::map<std::filesystem::path, std::string> matrices;  // names by file
  for (const auto& file : files) {
    if (file.extension() == kResultsExtension) {
      Append(problems, ValidateResults(file, scores));
      continue;
    }
    auto found = ValidateFile(file);
    if (found.empty()) {
      const Json document = ReadJson(file);
      if (document["schema"] == "scores.v1") {
        scores.push_back(ScoreFrom(document, file.string()));
        scores.back().file = file;
      } else if (document["schema"] == "matrix.v1" && file.filename() == kMatrixBesideScores) {
        matrices[file] = document.value("name", "");
      }
    }
    Append(problems, std::move(found));
  }
  Append(problems, CheckMatricesBeside(matrices, scores));
  Append(problems, CheckScoresAgree(scores));
  return problems;
}

}  // namespace dfkd
