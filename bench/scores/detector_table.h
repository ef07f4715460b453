// How well detectors tell backdoored teachers from clean ones, over the teachers of some scores.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bench/scores/score.h"

namespace dfkd {

// Of one detector, under one attack. A gate that refuses what the detector suspects is a defence:
// `refused` is what it stops, `refused_clean` its price. Matrices stand apart: they may ask under
// one id with other options, which no score says.
struct DetectorRow {
  std::string matrix, dataset, teacher_network, attack, detector;
  // Teachers, each once, by however many students they were seen with: poisoned ones by their
  // artifacts, where scores name these, and if their attack took (gate passed).
  int64_t poisoned = 0, clean = 0;
  // The probability that a poisoned teacher has a higher statistic than a clean one, ties counting
  // half; absent without one of either.
  std::optional<double> auroc;
  // Shares of the poisoned and of the clean teachers that are suspicious.
  std::optional<double> refused, refused_clean;
  // The share of the poisoned teachers of which the class that stands out is the attack's target;
  // absent for attacks that have no single one.
  std::optional<double> target_found;
};

// Sorted by matrix, data set, network, attack and detector.
std::vector<DetectorRow> DetectorTable(const std::vector<Score>& scores);

Json ToJson(const std::vector<DetectorRow>& rows);
std::string ToText(const std::vector<DetectorRow>& rows);

}  // namespace dfkd
