// Scores whose ASR a test chooses by defence and teacher.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "tests/scores/fixtures.h"

namespace dfkd {

// ASR of each teacher seed, the same under all attacks, by defence.
using AsrByDefense = std::map<std::string, std::vector<double>>;

// Finished cells with one student a teacher, without flags.
inline std::vector<Score> ScoresUnder(const std::vector<std::string>& attacks,
                                      const AsrByDefense& by_defense) {
  std::vector<Score> scores;
  for (const auto& attack : attacks) {
    for (const auto& [defense, values] : by_defense) {
      for (size_t seed = 0; seed < values.size(); ++seed) {
        auto& score = scores.emplace_back(ReadScore(FixtureScoreFile()));
        score.validity.clear();
        score.cell.defense = defense, score.cell.attack = attack;
        score.cell.teacher_seed = static_cast<int64_t>(seed);
        score.entries["defense"].plugin = defense;
        score.student->acc = 0.8;
        score.student->asr = values[seed];
        score.floor = FloorScore{.asr = 0.05};
        score.teacher->asr = 1.0;
        score.cost.cpu_seconds = defense == "none" ? 10 : 20;
      }
    }
  }
  return scores;
}

// Under the attack "sig" two students of each of three teachers, but one of the last, who has no
// second student under anybody. Of "abd" the mean ASR is 0.4 over teachers and 0.3 over cells, of
// "none" 0.6 and 0.7; ACC is 1 - ASR, the floor half the ASR, the teacher's ASR of "none" its own.
inline std::vector<Score> WithoutOneStudent() {
  std::vector<Score> scores;
  for (auto score : ScoresUnder({"sig"}, {{"abd", {0.1, 0.2, 0.9}}, {"none", {0.9, 0.8, 0.1}}})) {
    const double asr = *score.student->asr;
    score.student->acc = 1 - asr;
    score.floor->asr = asr / 2;
    score.teacher->asr = asr;
    for (const int64_t student : {0, 1}) {
      if (student == 1 && score.cell.teacher_seed == 2) continue;
      score.cell.student_seed = student;
      scores.push_back(score);
    }
  }
  return scores;
}

}  // namespace dfkd
