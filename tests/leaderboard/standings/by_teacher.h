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

}  // namespace dfkd
