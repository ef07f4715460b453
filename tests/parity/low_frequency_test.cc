// LF against an implementation in PyTorch: case_low_frequency.py.
#include "attacks/lf/lf.h"
#include "tests/parity/parity.h"

namespace dfkd::parity::low_frequency_test {

// It is made in float32 and rounded to grey levels: one that falls on the other side is an error of
// 0.002.
constexpr double kTwoGreyLevels = 5e-3;

BOOST_AUTO_TEST_CASE(the_smooth_perturbation_agrees) {
  constexpr int64_t kCount = 14;
  Fixture expected("low_frequency");
  const auto teacher = MakeFrozen("vgg-s-8", TinySpec(), "teacher");
  const Split train = {(Values("low_images", {kCount, 3, 16, 16}, 0.5, 0.5) * 255).to(at::kByte),
                       at::arange(kCount, at::kLong).remainder(10)};
  lf::LowFrequency attack(Read<lf::Options>({{"target", 4},
                                             {"images", 7},
                                             {"check_images", 6},
                                             {"fooling_rate", 1.0},
                                             {"craft_epochs", 2},
                                             {"steps", 5},
                                             {"overshoot", 1.0},
                                             {"sigma", 1.2}}));
  attack.Begin(TinySpec());
  FakeProgress progress;
  CraftContext context{train, teacher.get(), TinySpec(), at::kCPU, Rng(9), progress};
  attack.Craft(context);
  MemoryState state;
  attack.Visit(state);
  expected.Expect("perturbation", state.tensors.at("perturbation"), kTwoGreyLevels);
  expected.Expect("rate", progress.scalars.at("lf/fooling_rate").at(1));
}

}  // namespace dfkd::parity::low_frequency_test
