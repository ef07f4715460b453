// Detectors of backdoored teachers: what one implements, how it is registered, and which there are.
// A detector is given a teacher and no image, and says, before anything is distilled, how much it
// looks backdoored. Plugins in methods/detectors. No LibTorch here or below.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "bench/core/registry.h"
#include "bench/core/rng.h"

namespace dfkd {

// bench/nn/classifier.h and bench/core/interfaces.h.
class Classifier;
class Progress;

// What a detector may touch. It is lent for the call, and so is all that it refers to.
struct DetectorContext {
  // Frozen: it answers in evaluation mode. There is nothing else to look at.
  const Classifier& teacher;
  // The detector's own; fork it by name.
  Rng rng;
  // Tick often: that is where a stage that must stop is stopped. Let pass what it throws.
  Progress& progress;
};

struct Detection {
  // The more suspicious, the higher: what teachers are ranked by. Finite.
  double statistic = 0;
  // Whether it is beyond the detector's own bound: who asks it would refuse this teacher.
  bool suspicious = false;
  // The class that stands out, be it by much or little. In [0, classes).
  int64_t target = 0;
  // [classes]: what the verdict was made from, a finite number for each class.
  std::vector<double> per_class;
};

// An instance is one thread's, and may be asked about several teachers.
class Detector {
 public:
  static constexpr PluginKind kKind = PluginKind::kDetector;
  virtual ~Detector() = default;

  // A pure function of options, teacher and stream: the same bits whenever it is asked. Leaves the
  // teacher and the global random generators as they are. Throws Error for a teacher of which it
  // has nothing to say (too few classes, no such segment).
  virtual Detection Look(DetectorContext& context) const = 0;
};

// As the typed cards of bench/core/registry.h, without presets: a matrix asks a detector by its
// options alone. `paper`: the address of the source.
template <class O>
struct DetectorCard {
  using Options = O;
  using Interface = Detector;
  std::string name, summary, paper;
  // Bump when results may change.
  int revision = 1;
  void Fill(PluginCard& card) const { card.kind = PluginKind::kDetector; }
};

// Copies of those that are registered, by name.
std::vector<PluginCard> DetectorCards();

// {"plugin", "revision", "options"}: what a key holds of a detector, every option resolved. Throws
// Error naming what is known and allowed.
Json ResolveDetector(const std::string& name, const Json& given);

}  // namespace dfkd
