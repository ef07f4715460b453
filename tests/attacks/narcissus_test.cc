// A perturbation towards the target class, in images of that class.
#include "bench/core/error.h"
#include "bench/nn/classifier.h"
#include "bench/nn/losses.h"
#include "bench/nn/optim.h"
#include "tests/attacks/attacks_testing.h"
#include "tests/methods/fakes.h"

namespace dfkd::narcissus_test {

const ImageSpec kSpec = golden::Spec(16, 16, 3);

std::unique_ptr<Attack> Crafted(const Json& given, const Split& train = Train(kSpec)) {
  Json options = {{"steps", 60}, {"batch", 8}, {"target", 4}};
  options.update(given);
  auto attack = MakeAttack("narcissus_like", kSpec, options);
  const auto teacher = MakeTeacher("vgg-s-4", 3, kSpec);
  FakeProgress progress;
  CraftContext ctx{train, teacher.get(), kSpec, at::kCPU, Rng(5), progress};
  attack->Craft(ctx);
  return attack;
}

double MeanCrossEntropy(const at::Tensor& images, int64_t label) {
  const auto logits =
      std::as_const(*MakeTeacher("vgg-s-4", 3, kSpec)).Logits(Normalize(images, kSpec));
  const auto labels = at::full({images.size(0)}, label, at::kLong);
  return CrossEntropyPerSample(logits, labels).mean().item<double>();
}

at::Tensor Perturbation(Attack& attack) {
  KeptState state;
  attack.Visit(state);
  return state.kept.at("perturbation");
}

constexpr double kHalfRange = 127.5;  // grey levels of one unit of images in [-1, 1]

// The mean cross entropy that is descended: of every image of the target's class, of no other.
at::Tensor LossOfTheClass(const at::Tensor& v) {
  const auto train = Train(kSpec);
  const auto images = train.images.index_select(0, train.labels.eq(4).nonzero().squeeze(1));
  const auto teacher = MakeTeacher("vgg-s-4", 3, kSpec);
  const auto pixels = (images.to(at::kFloat) + v * kHalfRange).clamp(0, 255);
  const auto logits = std::as_const(*teacher).Logits(Normalize(pixels, kSpec), Grad::kInputs);
  return -logits.log_softmax(1).select(1, 4).mean();
}

// What an attack whose batch is the whole class has crafted, up to values on the edge of rounding.
void RoundsTo(const at::Tensor& v, const Json& options) {
  Json given = {{"epsilon", 255}, {"batch", 200}};
  given.update(options);
  const auto expected = (v.detach().squeeze(0) * kHalfRange).round();
  const auto off = (Perturbation(*Crafted(given)) - expected).abs();
  BOOST_TEST(expected.abs().max().item<double>() >= 3);
  BOOST_TEST(off.max().item<double>() <= 1);
  BOOST_TEST(off.gt(0).sum().item<int64_t>() <= 8);
}

BOOST_AUTO_TEST_SUITE(narcissus)

// RAdam's first step is its rate times the gradient.
BOOST_AUTO_TEST_CASE(the_first_step_goes_down_the_loss_of_the_target_class_alone) {
  const auto v = at::zeros({1, 3, 16, 16}).requires_grad_(true);
  const auto gradient = Gradients(LossOfTheClass(v), {v})[0];
  RoundsTo(-10 * gradient, {{"steps", 1}, {"craft_lr", 10}});
}

// From the sixth on it divides by the second moment; others would by then be elsewhere.
BOOST_AUTO_TEST_CASE(the_steps_are_those_of_radam_at_a_constant_rate) {
  const auto v = at::zeros({1, 3, 16, 16}).requires_grad_(true);
  Optimizer optimizer({NamedTensor{"v", v}}, {.kind = "radam", .lr = 1});
  for (int64_t step = 0; step < 8; ++step) optimizer.Descend(LossOfTheClass(v));
  RoundsTo(v, {{"steps", 8}, {"craft_lr", 1}});
}

BOOST_AUTO_TEST_CASE(images_of_every_class_look_more_like_the_target_within_the_bound) {
  const auto attack = Crafted({{"epsilon", 6}, {"magnify", 1}});
  BOOST_TEST(Perturbation(*attack).abs().max().item<int>() == 6);
  const auto images = Train(kSpec).images;
  BOOST_TEST(MeanCrossEntropy(attack->Trigger(images), 4) < MeanCrossEntropy(images, 4) - 0.05);
}

BOOST_AUTO_TEST_CASE(at_test_time_the_perturbation_is_magnified_and_in_training_it_is_not) {
  const auto attack = Crafted({{"poison_rate", 0.05}, {"magnify", 2}});
  const auto v = Perturbation(*attack).to(at::kLong);
  const auto train = Train(kSpec);
  const auto plus = [&](const at::Tensor& images, int64_t times) {
    return (images.to(at::kLong) + times * v).clamp(0, 255).to(at::kByte);
  };
  BOOST_TEST(attack->Trigger(train.images).equal(plus(train.images, 2)));
  const auto poisoned = attack->Poison(train, Rng(1));
  BOOST_TEST(poisoned.indices.size() == 10U);
  BOOST_TEST(poisoned.data.labels.equal(train.labels));
  for (const auto i : poisoned.indices) {
    BOOST_TEST(i % 10 == 4);
    BOOST_TEST(poisoned.data.images[i].equal(plus(train.images[i], 1)), i);
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_crafted_or_cannot_be_says_so) {
  BOOST_CHECK_THROW(MakeAttack("narcissus_like", kSpec)->Trigger(Train(kSpec).images), Error);
  auto without = Train(kSpec);
  without.labels = at::full({200}, 3, at::kLong);
  BOOST_CHECK_THROW(Crafted(Json::object(), without), Error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::narcissus_test
