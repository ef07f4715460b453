// LF: its filter by hand, and a perturbation that is smooth and fools the teacher it was made on.
#include "attacks/lf/lf.h"

#include <boost/test/unit_test.hpp>

#include "tests/attacks/fake_training.h"

namespace dfkd::lf_test {

BOOST_AUTO_TEST_SUITE(low_frequency)

// BackdoorBench's window of sigma = 6: 30 taps exp(-(5 (i - 14.5) / 30)^2 / 2), 14 zeros before and
// 15 behind. An impulse shows it turned round.
BOOST_AUTO_TEST_CASE(the_filter_is_that_of_backdoorbench) {
  auto impulse = at::zeros({1, 1, 64, 64});
  impulse[0][0][32][32] = 1;
  const auto smooth = lf::Smooth(impulse, 6)[0][0].to(at::kDouble);
  double weights[30], sum = 0;
  for (int i = 0; i < 30; ++i)
    sum += weights[i] = std::exp(-0.5 * std::pow(5 * (i - 14.5) / 30, 2));
  for (int row = 10; row < 55; ++row) {
    const int tap = 32 - row + 14;  // out[row] = sum_t w[t] in[row + t - 14]
    const double expected = tap >= 0 && tap < 30 ? weights[tap] / sum : 0;
    const double middle = (weights[14] / sum);
    BOOST_TEST(smooth[row][32].item<double>() == expected * middle,
               boost::test_tools::tolerance(1e-5));
  }
  BOOST_TEST(smooth.sum().item<double>() == 1.0, boost::test_tools::tolerance(1e-5));
}

BOOST_AUTO_TEST_CASE(a_perturbation_is_stretched_from_zero_to_its_strength) {
  const auto stretched = lf::Stretch(at::tensor({-1.0, 1.0, 3.0}), 0.2);
  BOOST_TEST(stretched.allclose(at::tensor({0.0, 0.1, 0.2})));
  const auto flat = at::full({3}, 2.0);
  BOOST_TEST(lf::Stretch(flat, 0.2).equal(flat));
}

struct Workshop {
  Workshop() { teacher->Freeze(); }
  std::unique_ptr<Attack> Craft(Json given = Json::object()) {
    const Json fast = {{"sigma", 1}, {"craft_epochs", 3}, {"images", 20}, {"steps", 50}};
    Json options = fast;
    options.update(given);
    auto attack = BegunAttack("lf", spec, options);
    CraftContext context{train, teacher.get(), spec, at::kCPU, Rng(2), silent};
    attack->Craft(context);
    return attack;
  }
  static at::Tensor PerturbationOf(Attack& attack) {
    TakeState state;
    attack.Visit(state);
    return state.tensors.at("perturbation");
  }
  const ImageSpec spec = SquareSpec(16, 3);
  const Split train = NoiseImages(spec, 100);
  std::unique_ptr<Classifier> teacher = RandomNet(spec, 4);
  SilentProgress silent;
};

BOOST_FIXTURE_TEST_CASE(what_is_crafted_lies_between_0_and_51_and_is_smooth, Workshop) {
  const auto attack = Craft({{"target", 3}});
  const auto perturbation = PerturbationOf(*attack);
  BOOST_TEST(perturbation.sizes() == at::IntArrayRef({3, 16, 16}));
  BOOST_TEST(perturbation.min().item<int64_t>() == 0);
  BOOST_TEST(perturbation.max().item<int64_t>() == 51);  // 0.2 * 255
  const auto steps = (perturbation.slice(1, 1) - perturbation.slice(1, 0, 15)).abs();
  BOOST_TEST(steps.max().item<int64_t>() < 30);
  const auto image = at::full({1, 3, 16, 16}, 230, at::kByte);
  BOOST_TEST(attack->Trigger(image).equal(
      (image.to(at::kInt) + perturbation).clamp_max(255).to(at::kByte)));
}

BOOST_FIXTURE_TEST_CASE(passes_end_where_enough_are_fooled, Workshop) {
  Craft({{"fooling_rate", 0.0}});
  const auto one = silent.ticks;
  Craft({{"fooling_rate", 1.0}});
  BOOST_TEST(one == 20);
  BOOST_TEST(silent.ticks - one == 60);
}

BOOST_FIXTURE_TEST_CASE(the_target_decides_where_the_answers_go, Workshop) {
  BOOST_TEST(
      !PerturbationOf(*Craft({{"target", 1}})).equal(PerturbationOf(*Craft({{"target", 7}}))));
  BOOST_CHECK_THROW(BegunAttack("lf", spec)->Trigger(train.images), Error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::lf_test
