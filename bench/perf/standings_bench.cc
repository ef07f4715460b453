// The standings of a large board: 16,000 scores, 20 defences under 20 attacks in 4 groups, 10
// seeds.
#include <benchmark/benchmark.h>

#include "bench/core/rng.h"
#include "leaderboard/standings/compare.h"
#include "leaderboard/standings/standings.h"

namespace dfkd {
namespace {

Score ScoreOf(const Cell& cell, Rng& rng) {
  Score score{.matrix = "board", .cell = cell, .track = "synthesized"};
  score.teacher = TeacherScore{.acc = 0.9, .asr = 0.99};
  score.student = StudentScore{.acc = 0.7 + 0.1 * rng.Uniform(), .asr = rng.Uniform()};
  score.floor = FloorScore{.asr = 0.02};
  for (const char* role : {"dataset", "attack", "distiller"}) score.entries[role].plugin = "some";
  score.entries["defense"].plugin = cell.defense == "defense0" ? "none" : cell.defense;
  score.numerics.device = "cpu";
  score.cost.cpu_seconds = 100 + 50 * rng.Uniform();
  score.cost.wall_seconds = score.cost.cpu_seconds;
  return score;
}

std::vector<Score> Board() {
  std::vector<Score> scores;
  Rng rng(1);
  for (int group = 0; group < 4; ++group) {
    for (int attack = 0; attack < 20; ++attack) {
      for (int defense = 0; defense < 20; ++defense) {
        for (int64_t seed = 0; seed < 10; ++seed) {
          const Cell cell{"data" + std::to_string(group),
                          "attack" + std::to_string(attack),
                          "wrn-16-2",
                          "wrn-16-1",
                          "zskt",
                          "defense" + std::to_string(defense),
                          seed,
                          0};
          scores.push_back(ScoreOf(cell, rng));
        }
      }
    }
  }
  return scores;
}

void StandingsOf16000(benchmark::State& state) {
  const auto matrices = ByMatrix(Board());
  for (auto unused : state) {
    for (const auto& [group, scores] : ByGroup(matrices.at(0)))
      benchmark::DoNotOptimize(StandingsOf(scores));
  }
}
BENCHMARK(StandingsOf16000)->Unit(benchmark::kMillisecond);

void CompareOf16000(benchmark::State& state) {
  const auto scores = Board();
  for (auto unused : state)
    benchmark::DoNotOptimize(CompareDefenses(scores, "defense1", "defense2"));
}
BENCHMARK(CompareOf16000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace dfkd
