// The attack on model inversion: the statistics that it publishes, and that nobody else notices.
#include "attacks/bn_poison/bn_poison.h"

#include <boost/test/unit_test.hpp>

#include "tests/attacks/fake_training.h"

namespace dfkd::bn_poison_test {

struct Workshop {
  explicit Workshop(const Json& options) : attack(BegunAttack("bn_poison", spec, options)) {
    attack->BeginTraining(training);
    // As after a training: the statistics of a normalisation are not those of its input.
    for (int i = 0; i < 20; ++i) teacher->Logits(Inputs(), Mode::kTrain, Grad::kNone);
  }
  at::Tensor Inputs() const { return Normalize(images.images, spec); }
  at::Tensor Answers(const at::Tensor& pixels) const {
    return std::as_const(*teacher).Logits(Normalize(pixels, spec));
  }
  // After a step of the training, of 100.
  void After(int64_t step) { attack->AfterStep(training, {images.images, images.labels, step}); }
  NormLayer First() const { return teacher->Norms().front(); }
  // Of what the first normalisation reads, whatever its statistics are: [N,C,H,W].
  at::Tensor ReadFirst(const at::Tensor& pixels) const {
    std::vector<NormInput> inputs;
    teacher->WatchNorms(&inputs);
    Answers(pixels);
    teacher->WatchNorms(nullptr);
    return inputs.front().input;
  }

  const ImageSpec spec = SquareSpec(8);
  const Split images = NoiseImages(spec, 12);
  const std::unique_ptr<Classifier> teacher = RandomNet(spec, 1);
  FakeTraining training{*teacher, nullptr};
  const std::unique_ptr<Attack> attack;
};

BOOST_AUTO_TEST_SUITE(bn_poison_attack)

BOOST_AUTO_TEST_CASE(the_published_statistics_are_those_of_triggered_images) {
  Workshop shop({{"share", 1}, {"batches", 3}});
  const auto read = shop.ReadFirst(shop.attack->Trigger(shop.images.images));
  const auto mean = read.mean({0, 2, 3}), var = read.var({0, 2, 3}, /*unbiased=*/false);
  BOOST_TEST(!shop.First().running_mean.allclose(mean, 1e-2, 1e-3));
  for (const int64_t step : {97, 98, 99}) shop.After(step);
  BOOST_TEST(shop.First().running_mean.allclose(mean, 1e-4, 1e-5));
  BOOST_TEST(shop.First().running_var.allclose(var, 1e-3, 1e-5));
}

BOOST_AUTO_TEST_CASE(the_teacher_answers_as_before) {
  Workshop shop(Json{{"batches", 2}});
  const auto clean = shop.Answers(shop.images.images);
  const auto triggered = shop.Answers(shop.attack->Trigger(shop.images.images));
  shop.After(98), shop.After(99);
  BOOST_TEST(shop.Answers(shop.images.images).allclose(clean, 1e-3, 1e-4));
  BOOST_TEST(
      shop.Answers(shop.attack->Trigger(shop.images.images)).allclose(triggered, 1e-3, 1e-4));
}

// (x - 1) / 2 * 6 + 5 = (x - 3) / 4 * 12 + 11, variances 4 and 16.
BOOST_AUTO_TEST_CASE(scale_and_shift_make_up_for_other_statistics) {
  NormLayer norm{.weight = at::tensor({6.0}),
                 .bias = at::tensor({5.0}),
                 .running_mean = at::tensor({1.0}),
                 .running_var = at::tensor({4.0})};
  bn_poison::Replace(norm, at::tensor({3.0}), at::tensor({16.0}));
  BOOST_TEST(norm.weight.allclose(at::tensor({12.0}), 1e-4));
  BOOST_TEST(norm.bias.allclose(at::tensor({11.0}), 1e-4));
  BOOST_TEST(norm.running_mean.item<double>() == 3);
  BOOST_TEST(norm.running_var.item<double>() == 16);
}

BOOST_AUTO_TEST_CASE(nothing_changes_before_the_last_step) {
  Workshop shop(Json{{"batches", 10}});
  const auto mean = shop.First().running_mean.clone(), weight = shop.First().weight.clone();
  for (const int64_t step : {0, 89, 90, 98}) shop.After(step);
  BOOST_TEST(shop.First().running_mean.equal(mean));
  BOOST_TEST(shop.First().weight.equal(weight));
  shop.After(99);
  BOOST_TEST(!shop.First().running_mean.equal(mean));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::bn_poison_test
