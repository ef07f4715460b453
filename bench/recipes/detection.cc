#include "bench/recipes/detection.h"

#include "bench/core/detector.h"
#include "bench/recipes/free_eagle.h"
#include "bench/recipes/mm_bd.h"

namespace dfkd {

Detection Detect(const Json& detector, const Classifier& teacher, const Rng& rng,
                 Progress& progress) {
  const auto name = detector.at("plugin").get<std::string>();
  const Json resolved = ResolveDetector(name, detector.at("options")).at("options");
  if (name == "mm_bd") {
    const auto options = TableOf<MmBdOptions>().Read(resolved);
    const auto margins = LargestMargins(teacher, options, rng, progress);
    return JudgeMargins(margins, options.significance);
  }
  DFKD_CHECK(name == "free_eagle");
  const auto options = TableOf<FreeEagleOptions>().Read(resolved);
  return JudgeTendencies(MadeClasses(teacher, options, rng, progress), options.threshold);
}

}  // namespace dfkd
