// Detectors of backdoored teachers: which there are, and how each is set. A detector is given a
// teacher and no image, and says, before anything is distilled, how much it looks backdoored.
#pragma once
#include <string>
#include <vector>

#include "bench/core/options.h"

namespace dfkd {

// MM-BD (Wang et al. 2024): how far some input drives each class ahead of all others. Of the target
// of a backdoor that is much farther than of the rest. Options of bench/recipes/mm_bd.h.
struct MmBdOptions {
  int64_t images, steps;
  double lr, tolerance, significance;
  static void Declare(OptionTable<MmBdOptions>& o) {
    o.Add("images", &MmBdOptions::images, {.initial = 30, .lowest = 1},
          "random images from which a class is maximised; the best of them counts");
    o.Add("steps", &MmBdOptions::steps, {.initial = 300, .lowest = 1}, "steps of gradient ascent");
    o.Add("lr", &MmBdOptions::lr, {.initial = 0.01, .lowest = 0}, "their length, in pixels of 1");
    o.Add("tolerance", &MmBdOptions::tolerance, {.initial = 1e-5, .lowest = 0, .highest = 1},
          "a class ends when the loss moves by a smaller share");
    o.Add("significance", &MmBdOptions::significance, {.initial = 0.05, .lowest = 0, .highest = 1},
          "p-value below which it is suspicious");
  }
};

// FreeEagle (Fu et al. 2023): activations are made that the rest of the network takes for each
// class. Those of all classes lean towards the target of a backdoor. Options of
// bench/recipes/free_eagle.h.
struct FreeEagleOptions {
  std::string segment;
  int64_t steps;
  double lr, weight_decay, threshold;
  static void Declare(OptionTable<FreeEagleOptions>& o) {
    o.Add("segment", &FreeEagleOptions::segment, {.initial = ""},
          "segment whose output is made; empty: group1 of residual networks, group2 of "
          "others, or the middle one where there is none");
    o.Add("steps", &FreeEagleOptions::steps, {.initial = 1000, .lowest = 1}, "steps of Adam");
    o.Add("lr", &FreeEagleOptions::lr, {.initial = 0.01, .lowest = 0}, "their rate");
    o.Add("weight_decay", &FreeEagleOptions::weight_decay,
          {.initial = 0.005, .lowest = 0, .highest = 1}, "L2 factor on the activations");
    o.Add("threshold", &FreeEagleOptions::threshold, {.initial = 2, .lowest = 0},
          "interquartile ranges above the third quartile from which it is suspicious");
  }
};

struct DetectorCard {
  std::string name, summary, paper;
  // Bump when results may change.
  int revision;
  std::vector<OptionCard> options;
};

// By name.
const std::vector<DetectorCard>& DetectorCards();

// {"plugin", "revision", "options"}: what a key holds of a detector, every option resolved. Throws
// Error naming what is known and allowed.
Json ResolveDetector(const std::string& name, const Json& given);

}  // namespace dfkd
