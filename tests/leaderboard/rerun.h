// A rerun of a paper's cells, as scores.
#pragma once
#include <string>
#include <vector>

#include "bench/scores/score.h"
#include "tests/scores/fixtures.h"

namespace dfkd {

// Scores of the paper's first row: two seeds of the undefended student, one of ABD that failed.
inline Score ScoreOf(const std::string& defense, int64_t seed, double acc, double asr) {
  auto score = ReadScore(FixtureScoreFile());
  score.matrix = "rerun";
  score.cell = {"cifar10", "badnets_grid", "wrn-16-2", "wrn-16-1", "zskt", defense, 0, seed};
  score.entries["dataset"].plugin = "cifar10";
  score.entries["attack"].plugin = "badnets_grid";
  score.entries["distiller"] = {"zskt", 1, {{"rounds", 10000}}, false, {}};
  score.entries["defense"] = {defense, 1, Json::object(), false, {}};
  score.teacher = TeacherScore{.acc = 0.9, .asr = 1.0};
  score.student = StudentScore{.acc = acc, .asr = asr};
  score.teacher_recipe = {{"epochs", 200}};
  score.data.official = true;
  score.demonstration = false;
  score.evaluated_on = "test";
  score.status = Status::kOk;
  score.validity.clear();
  return score;
}

inline std::vector<Score> Rerun2() {
  auto failed = ScoreOf("abd", 0, 0, 0);
  failed.status = Status::kDiverged, failed.reason = "loss is nan";
  failed.student.reset();
  return {ScoreOf("none", 0, 0.72, 0.95), ScoreOf("none", 1, 0.74, 0.97), failed};
}

}  // namespace dfkd
