// What a detector says of a teacher.
#pragma once
#include <cstdint>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/core/json.h"

namespace dfkd {

struct Detection {
  // The more suspicious, the higher: what teachers are ranked by.
  double statistic = 0;
  // Whether it is beyond the detector's own bound: who asks it would refuse this teacher.
  bool suspicious = false;
  // The class that stands out, be it by much or little.
  int64_t target = 0;
  // What the verdict was made from.
  std::vector<double> per_class;
};

// `detector` is of ResolveDetector. The teacher is frozen, and all that is looked at. Ticks often.
Detection Detect(const Json& detector, const Classifier& teacher, const Rng& rng,
                 Progress& progress);

}  // namespace dfkd
