// MM-BD and FreeEagle against an implementation in PyTorch: case_detectors.py.
#include "methods/detectors/free_eagle/free_eagle.h"
#include "methods/detectors/mm_bd/mm_bd.h"
#include "tests/parity/parity.h"

namespace dfkd::parity::detectors_test {

// What is made for a network in float64 is float32 itself: pixels, activations, their gradients.
constexpr double kFloatTolerance = 1e-5;

BOOST_AUTO_TEST_CASE(margins_and_made_classes_agree) {
  Fixture expected("detectors");
  FakeProgress progress;
  const auto vgg = MakeFrozen("vgg-s-8", TinySpec(), "teacher");
  const auto margins = [&](double tolerance) {
    const auto options =
        Read<mm_bd::Options>({{"images", 4}, {"steps", 8}, {"lr", 0.1}, {"tolerance", tolerance}});
    return at::tensor(mm_bd::LargestMargins(*vgg, options, Rng(7), progress), at::kDouble);
  };
  expected.Expect("margins", margins(0), kFloatTolerance);
  expected.Expect("margins_early", margins(0.12), kFloatTolerance);

  const auto made = [&](const Classifier& teacher) {
    const auto options = Read<free_eagle::Options>({{"steps", 6}, {"lr", 0.05}});
    return free_eagle::MadeClasses(teacher, options, Rng(7), progress);
  };
  expected.Expect("classes_vgg", made(*vgg), kFloatTolerance);
  const auto wrn = MakeFrozen("wrn-16-1", TinySpec(), "teacher");
  expected.Expect("classes_wrn", made(*wrn), kFloatTolerance);
}

}  // namespace dfkd::parity::detectors_test
