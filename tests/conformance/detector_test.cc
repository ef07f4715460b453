// Detectors: what they must say of any teacher.
#include "bench/core/detector.h"

#include <cmath>

#include "bench/recipes/detection.h"
#include "tests/conformance/conformance.h"

namespace dfkd::conformance {
namespace {

Json ShortOptions(const DetectorCard& card) {
  Json given = Json::object();
  for (const auto& option : card.options) {
    if (option.name == "images" || option.name == "steps") given[option.name] = 2;
  }
  return given;
}

void TeachersOfImagesOf64By64AreLookedAt(const DetectorCard& card) {
  const auto teacher = MakeTeacher("vgg-s-4", 1, ToySpec(3, 64));
  const auto before = CopyOf(*teacher);
  FakeProgress progress;
  const auto detector = ResolveDetector(card.name, ShortOptions(card));
  const auto found = Detect(detector, *teacher, Rng(1), progress);
  BOOST_TEST(found.per_class.size() == 10U);
  for (const double value : found.per_class) BOOST_TEST(std::isfinite(value));
  BOOST_TEST(std::isfinite(found.statistic));
  BOOST_TEST((found.target >= 0 && found.target < 10));
  BOOST_TEST(Equal(CopyOf(*teacher), before));
}

}  // namespace

void AddDetectorCases() {
  for (const auto& card : DetectorCards()) {
    AddCase("detector_" + card.name, "teachers of images of 64 by 64 are looked at",
            [&card] { TeachersOfImagesOf64By64AreLookedAt(card); });
  }
}

}  // namespace dfkd::conformance
