// Neural Cleanse against an implementation in PyTorch: case_cleanse.py.
#include "bench/recipes/neural_cleanse.h"
#include "tests/parity/parity.h"

namespace dfkd::parity::cleanse_test {

// Mask and pattern are float32, and what Adam makes of a small gradient depends on its last digits.
constexpr double kFloatTolerance = 1e-5;

BOOST_AUTO_TEST_CASE(the_patch_found_while_its_weight_falls_and_rises_agrees) {
  constexpr int64_t kCount = 12;
  Fixture expected("cleanse");
  const auto teacher = MakeFrozen("vgg-s-8", TinySpec(), "teacher");
  const Split data = {(Values("cleanse_images", {kCount, 3, 16, 16}, 0.5, 0.5) * 255).to(at::kByte),
                      at::arange(kCount, at::kLong).remainder(10)};
  FakeProgress progress;
  DefenseContext context{
      .teacher = *teacher, .spec = TinySpec(), .rng = Rng(5), .progress = progress};
  const auto options = Read<NeuralCleanseOptions>(
      {{"search_epochs", 4}, {"batch_size", 8}, {"cost", 0.02}, {"patience", 1}, {"success", 0.9}});
  const auto found = ReverseTrigger(*teacher, data, 4, options, context);
  BOOST_TEST(found.passes == 4);
  expected.Expect("mask", found.mask, kFloatTolerance);
  expected.Expect("pattern", found.pattern, kFloatTolerance);
  expected.Expect("size", found.size, kFloatTolerance);
}

}  // namespace dfkd::parity::cleanse_test
