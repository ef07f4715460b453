// Input-aware: its losses by hand, and what a step and a use of it see.
#include "attacks/input_aware/input_aware.h"

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "tests/attacks/fake_training.h"

namespace dfkd::input_aware_test {

namespace tools = boost::test_tools;

struct Workshop {
  explicit Workshop(const Json& given = {{"poison_rate", 0.25}, {"craft_epochs", 1}})
      : attack(BegunAttack("input_aware", spec, given)) {
    CraftContext context{noise, nullptr, spec, at::kCPU, Rng(2), training.silent};
    attack->Craft(context);
  }
  TakeState State() {
    TakeState state;
    attack->Visit(state);
    return state;
  }
  // tau(M(x)) and G(x), written out from the state.
  at::Tensor Paint(const std::string& which, int64_t channels, const at::Tensor& x, Mode mode) {
    std::map<std::string, at::Tensor> given;
    for (const auto& [name, value] : State().tensors)
      if (name.starts_with(which + ".")) given["net" + name.substr(which.size())] = value;
    EncoderDecoder net(spec, channels);
    GiveState state(given);
    net.Visit(state, "net");
    return net.Maps(x, Grad::kNone, mode);
  }
  at::Tensor Mask(const at::Tensor& x) {
    return (Paint("mask", 1, x, Mode::kEval) * 20 - 10).tanh() / 2 + 0.5;
  }
  const ImageSpec spec = SquareSpec(8);
  const Split noise = NoiseImages(spec, 16);
  const std::unique_ptr<Classifier> teacher = RandomNet(spec, 1);
  FakeTraining training{*teacher, nullptr};
  const std::unique_ptr<Attack> attack;
};

BOOST_AUTO_TEST_SUITE(input_aware_attack)

BOOST_AUTO_TEST_CASE(diversity_is_the_distance_of_images_over_that_of_what_is_painted) {
  const auto images = [](double first, double second) {
    return at::tensor({first, second}).view({2, 1, 1, 1}).expand({2, 1, 2, 2});
  };
  // |3| / |1| and |2| / |4|.
  const auto value = input_aware::Diversity(images(3, 2), images(0, 0), images(1, 5), images(2, 1));
  BOOST_TEST(value.item<double>() == (3.0 + 0.5) / 2, tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(a_batch_has_its_rate_of_triggers_and_small_ones_have_one_now_and_then) {
  BOOST_TEST(input_aware::CountInBatch(0.1, 128, Rng(1)) == 12);
  BOOST_TEST(input_aware::CountInBatch(0.1, 10, Rng(1)) == 1);
  BOOST_TEST(input_aware::CountInBatch(0, 128, Rng(1)) == 0);
  BOOST_TEST(input_aware::CountInBatch(0.29, 100, Rng(1)) == 29);
  int64_t sum = 0;
  for (uint64_t seed = 0; seed < 1000; ++seed)
    sum += input_aware::CountInBatch(0.001, 100, Rng(seed));
  BOOST_TEST(std::abs(sum - 100) < 35);  // 3.7 deviations
}

// CE of own triggers with the target, foreign ones and clean images with their labels, plus the
// diversity of patterns.
BOOST_AUTO_TEST_CASE(a_step_sees_own_triggers_foreign_ones_and_clean_images) {
  Workshop at_work;
  at_work.attack->BeginTraining(at_work.training);
  const auto x = Normalize(at_work.noise.images, at_work.spec);
  const auto own = x.slice(0, 0, 4), crossed = x.slice(0, 4, 8), donors = x.slice(0, 8, 12);
  const auto pattern = [&](const at::Tensor& of) {
    return (at_work.Paint("pattern", 1, of, Mode::kTrain) - 0.5) / 0.25;
  };
  const auto mine = pattern(own), foreign = pattern(donors);
  const auto painted = [&](const at::Tensor& on, const at::Tensor& p, const at::Tensor& of) {
    return on + (p - on) * at_work.Mask(of);
  };
  const auto mixed =
      at::cat({painted(own, mine, own), painted(crossed, foreign, donors), x.slice(0, 8)});
  auto labels = at_work.noise.labels.clone();
  labels.slice(0, 0, 4).zero_();
  auto copy = at_work.teacher->Clone();
  const auto logits = copy->Logits(mixed, Mode::kTrain, Grad::kNone);
  const double ce = -logits.log_softmax(1).gather(1, labels.view({-1, 1})).mean().item<double>();
  const double diversity = input_aware::Diversity(own, donors, mine, foreign).item<double>();
  const auto before = at_work.State();
  const LabelledBatch batch{at_work.noise.images, at_work.noise.labels, 0};
  const auto loss = at_work.attack->TeacherLoss(at_work.training, batch);
  BOOST_TEST(loss.item<double>() == ce + diversity, tools::tolerance(1e-4));
  loss.backward();
  at_work.attack->AfterStep(at_work.training, batch);
  bool patterns_move = false;
  for (const auto& [name, value] : at_work.State().tensors) {
    const bool moved = !value.equal(before.tensors.at(name));
    patterns_move |= moved && name.starts_with("pattern.");
    BOOST_TEST((!moved || name.starts_with("pattern.")), name);
  }
  BOOST_TEST(patterns_move);
}

// Adam's first step is at most its rate, in each value: 0.01, and a ten thousandth at the end.
BOOST_AUTO_TEST_CASE(the_painter_comes_to_rest_with_the_training) {
  const auto moved = [](int64_t step) {
    Workshop at_work;
    at_work.attack->BeginTraining(at_work.training);
    const auto before = at_work.State();
    const LabelledBatch batch{at_work.noise.images, at_work.noise.labels, step};
    at_work.attack->TeacherLoss(at_work.training, batch).backward();
    at_work.attack->AfterStep(at_work.training, batch);
    const auto after = at_work.State();
    const std::string weight = "pattern.0.conv.weight";
    return (after.tensors.at(weight) - before.tensors.at(weight)).abs().max().item<double>();
  };
  BOOST_TEST(moved(0) == 0.01, tools::tolerance(1e-2));
  BOOST_TEST(moved(90) < 2e-6);
}

BOOST_AUTO_TEST_CASE(a_use_paints_each_image_its_own_trigger_rounded_half_up) {
  Workshop at_work;
  BOOST_CHECK_THROW(at_work.attack->Trigger(at_work.noise.images), Error);
  at_work.attack->BeginTraining(at_work.training);
  const auto images = at_work.noise.images;
  const auto x = Normalize(images, at_work.spec);
  const auto pattern = (at_work.Paint("pattern", 1, x, Mode::kEval) - 0.5) / 0.25;
  const auto expected = ToPixels(x + (pattern - x) * at_work.Mask(x), at_work.spec);
  const auto off = (at_work.attack->Trigger(images).to(at::kInt) - expected.to(at::kInt)).abs();
  BOOST_TEST(off.max().item<int64_t>() <= 1);  // another size of batch may round otherwise
  BOOST_TEST(off.gt(0).sum().item<int64_t>() <= 2);
}

BOOST_AUTO_TEST_CASE(the_masks_learn_to_be_small_and_different) {
  const auto loss = [](int64_t epochs) {
    Workshop at_work(Json{{"craft_epochs", epochs}});
    return at_work.training.silent.last.at("input_aware/mask_loss");
  };
  BOOST_TEST(loss(30) < 0.85 * loss(1));
}

// Of the only batch of a pass. Masks up to 0.032 cost nothing; images of two orders make the pairs.
BOOST_AUTO_TEST_CASE(the_first_loss_of_the_masks_is_their_surplus_and_their_likeness) {
  Workshop at_work;
  EncoderDecoder net(at_work.spec, 1);
  net.Initialize(Rng(2).Fork("masks"));
  const auto x = Normalize(at_work.noise.images, at_work.spec);
  const auto images = [&](const char* order) {
    return x.index_select(0, Permutation(Rng(2).Fork(order, 0), 16));
  };
  const auto masks = [&](const at::Tensor& of) {
    return (net.Maps(of, Grad::kNone, Mode::kTrain) * 20 - 10).tanh() / 2 + 0.5;
  };
  const auto rms = [](const at::Tensor& d) { return d.square().flatten(1).mean(1).sqrt(); };
  const auto x1 = images("first"), x2 = images("second");
  const auto m1 = masks(x1), m2 = masks(x2);
  const double surplus = (m1 - 0.032).clamp_min(0).mean().item<double>();
  const double likeness = (rms(x1 - x2) / (rms(m1 - m2) + 1e-7)).mean().item<double>();
  BOOST_TEST(at_work.training.silent.last.at("input_aware/mask_loss") == 100 * surplus + likeness,
             tools::tolerance(1e-4));
}

// The innermost map of a painter of colour images of 8x8 is one value.
BOOST_AUTO_TEST_CASE(a_single_small_colour_image_with_a_trigger_is_painted) {
  const ImageSpec spec = SquareSpec(8, 3);
  const Split noise = NoiseImages(spec, 16);
  const auto teacher = RandomNet(spec, 1);
  FakeTraining training{*teacher, nullptr};
  const auto attack = BegunAttack("input_aware", spec, {{"poison_rate", 0.0625}});
  attack->BeginTraining(training);
  const LabelledBatch batch{noise.images, noise.labels, 0};
  const auto loss = attack->TeacherLoss(training, batch);
  BOOST_TEST_REQUIRE(loss.defined());
  BOOST_TEST(std::isfinite(loss.item<double>()));
  loss.backward();
  TakeState before, after;
  attack->Visit(before);
  attack->AfterStep(training, batch);
  attack->Visit(after);
  bool patterns_move = false;
  for (const auto& [name, value] : after.tensors)
    patterns_move |= name.starts_with("pattern.") && !value.equal(before.tensors.at(name));
  BOOST_TEST(patterns_move);
}

BOOST_AUTO_TEST_CASE(without_a_trigger_in_the_batch_training_is_as_usual) {
  Workshop at_work({{"poison_rate", 0.0}, {"craft_epochs", 1}});
  at_work.attack->BeginTraining(at_work.training);
  const LabelledBatch batch{at_work.noise.images, at_work.noise.labels, 0};
  BOOST_TEST(!at_work.attack->TeacherLoss(at_work.training, batch).defined());
  at_work.attack->AfterStep(at_work.training, batch);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::input_aware_test
