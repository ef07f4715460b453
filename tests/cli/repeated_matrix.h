// A shipped matrix as if it had been run: what its scores would say of plugins and options.
#pragma once
#include <boost/test/unit_test.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "bench/core/registry.h"
#include "bench/matrix/plan.h"
#include "bench/matrix/preset.h"
#include "leaderboard/standings/reference.h"
#include "tests/scores/fixtures.h"

namespace dfkd::testing {

using Texts = std::set<std::string>;

// The scores of a shipped matrix whose data are the published ones.
struct Repeated {
  explicit Repeated(const std::string& name, const std::string& preset = "faithful",
                    const Json& settings = Json::object()) {
    auto json = ParseJson(MatrixFiles().At(name + ".json"), name);
    auto matrix = ParseMatrix(UsePreset(json, preset), name);
    UseSettings(settings, matrix);
    std::map<std::string, DataFacts> facts;
    for (const auto& block : matrix.blocks) {
      for (const auto& dataset : block.datasets) facts[dataset.id] = {std::string(64, 'a'), true};
    }
    for (const auto& cell : MakePlan(matrix, {}, facts).cells) Add(matrix, cell);
  }

  void Add(const Matrix& matrix, const PlannedCell& cell) {
    auto score = ReadScore(FixtureScoreFile());
    score.matrix = matrix.name, score.preset = matrix.preset;
    score.cell = cell.cell;
    score.entries.clear();
    for (const auto& [axis, entry] : *cell.entries)
      score.entries[axis] = {entry.plugin, entry.revision, entry.options, false, {}};
    score.teacher_recipe = matrix.ResolvedTeacher();
    score.data.official = true;
    score.evaluated_on = "test", score.numerics.profile = matrix.profile;
    score.demonstration = false, score.status = Status::kOk;
    score.validity.clear();
    scores.push_back(score);
  }

  // Of a row of the paper, over all of its columns.
  Texts Of(const std::string& label) const {
    const auto reference = LoadReference("abd_2023");
    for (const auto& comparison : CompareWithReference(reference, scores)) {
      for (const auto& table : comparison.tables) {
        for (const auto& row : table.rows) {
          if (row.printed->label == label && !row.differences.empty()) return row.differences;
        }
      }
    }
    return {};
  }

  // Of all rows of the paper that have a cell in it.
  Texts OfAll() const {
    const auto reference = LoadReference("abd_2023");
    Texts all;
    for (const auto& comparison : CompareWithReference(reference, scores)) {
      for (const auto& table : comparison.tables) {
        for (const auto& row : table.rows)
          all.insert(row.differences.begin(), row.differences.end());
      }
    }
    return all;
  }

  std::vector<Score> scores;
};

// Without LibTorch there are no attacks and methods, of which the matrices are made.
inline boost::test_tools::assertion_result ThereAreMethods(boost::unit_test::test_unit_id) {
  return !Registry::Get().Cards(PluginKind::kDistiller).empty();
}

}  // namespace dfkd::testing
