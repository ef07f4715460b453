// Generators other than ZSKT's, and the batch statistics that guide them (dfkd_methods 2.2, 2.3,
// 9.3).
#include "bench/nn/generator.h"

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "bench/nn/losses.h"
#include "bench/nn/norm_statistics.h"
#include "tests/nn/helpers.h"

namespace dfkd::generator_test {

at::Tensor Latents(int64_t size, int64_t count = 6) {
  return Normal(Rng(4).Fork("latent"), {count, size});
}

Generator Made(const GeneratorSpec& generator, const ImageSpec& spec = Cifar()) {
  Generator made(generator, spec);
  made.Initialize(Rng(2));
  return made;
}

BOOST_AUTO_TEST_CASE(every_generator_has_the_published_number_of_parameters) {
  const auto count = [](int64_t latent, const char* kind) {
    return Generator({.latent = latent, .kind = GeneratorKindFrom(kind)}, Cifar())
        .CountParameters();
  };
  BOOST_TEST(count(100, "zskt") == 1'051'145);
  BOOST_TEST(count(256, "datafree") == 2'328'899);
  BOOST_TEST(count(256, "datafree_large") == 4'581'955);
  BOOST_TEST(count(1000, "dafl") == 8'423'939);
  BOOST_CHECK_THROW(GeneratorKindFrom("gan"), Error);
}

BOOST_AUTO_TEST_CASE(pixels_are_between_0_and_1_and_become_inputs_as_stored_images_do) {
  for (const char* kind : {"datafree", "datafree_large"}) {
    auto generator = Made({.latent = 8, .width = 16, .kind = GeneratorKindFrom(kind)});
    BOOST_TEST(generator.emits_pixels());
    const auto pixels = generator.Images(Latents(8), Grad::kNone);
    BOOST_TEST(pixels.min().item<float>() >= 0);
    BOOST_TEST(pixels.max().item<float>() <= 1);
  }
  const auto stored = Integers(Rng(3), 256, {2, 3, 32, 32}).to(at::kByte);
  const auto unit = NormalizeUnit(stored.to(at::kFloat) / 255, Cifar());
  BOOST_TEST((unit - Normalize(stored, Cifar())).abs().max().item<float>() < 1e-6);
}

BOOST_AUTO_TEST_CASE(the_generator_of_dafl_emits_standardised_images_without_scales_of_their_own) {
  auto generator = Made({.latent = 8, .width = 16, .kind = GeneratorKind::kDafl});
  BOOST_TEST(!generator.emits_pixels());
  const auto images = generator.Images(Latents(8), Grad::kNone);
  BOOST_TEST(images.mean({0, 2, 3}).abs().max().item<float>() < 1e-4);
  BOOST_TEST(images.square().mean().item<float>() == 1, boost::test_tools::tolerance(1e-2F));
  for (const auto& parameter : generator.Parameters()) {
    BOOST_TEST(parameter.name.rfind("bn3", 0) != 0u, parameter.name);
  }
}

// Maps may grow by any factor, also by none, and become an image of any size.
BOOST_AUTO_TEST_CASE(a_coupled_generator_makes_the_feature_maps_that_it_is_asked_for) {
  GeneratorSpec spec{.latent = 8, .kind = GeneratorKind::kCoupled};
  spec.maps = {{6, 4, 3}, {5, 7, 7}, {2, 7, 7}, {3, 14, 14}};
  const ImageSpec grey{1, 28, 28, 10, {0.5}, {0.5}};
  auto generator = Made(spec, grey);
  std::vector<at::Tensor> maps;
  const auto pixels = generator.Images(Latents(8), Grad::kAll, Mode::kTrain, &maps);
  BOOST_TEST((pixels.sizes() == at::IntArrayRef({6, 1, 28, 28})));
  BOOST_TEST(pixels.min().item<float>() >= 0);
  BOOST_TEST(pixels.max().item<float>() <= 1);
  BOOST_TEST_REQUIRE(maps.size() == spec.maps.size());
  for (size_t i = 0; i < maps.size(); ++i) {
    const auto& [channels, height, width] = spec.maps[i];
    BOOST_TEST((maps[i].sizes() == at::IntArrayRef({6, channels, height, width})), i);
    BOOST_TEST(maps[i].requires_grad(), i);
  }
  // Linear and three convolutions without and one with a bias; a weight and a bias a channel.
  BOOST_TEST(generator.CountParameters() == 9 * 72 + 9 * (30 + 10 + 6 + 3) + 1 + 2 * 16);
}

// An epsilon of 0.8 beside a variance below 1 dampens what a normalisation passes on.
BOOST_AUTO_TEST_CASE(the_epsilon_of_dafl_changes_the_images) {
  GeneratorSpec spec{.latent = 8, .width = 16, .kind = GeneratorKind::kDafl};
  const auto original = Made(spec).Images(Latents(8), Grad::kNone);
  spec.norm_epsilon = 0.8;
  const auto damped = Made(spec).Images(Latents(8), Grad::kNone);
  BOOST_TEST((damped - original).abs().max().item<float>() > 1e-2);
}

BOOST_AUTO_TEST_CASE(a_reset_draws_weights_of_two_hundredths_and_no_biases) {
  auto generator = Made({.latent = 64, .width = 64, .kind = GeneratorKind::kDataFree});
  generator.Reset(Rng(9));
  for (const auto& [name, value] : generator.Parameters()) {
    const bool norm = name.rfind("bn", 0) == 0;
    if (name.ends_with(".bias")) {
      BOOST_TEST(value.abs().max().item<float>() == 0, name);
      continue;
    }
    BOOST_TEST(std::abs(value.mean().item<float>() - (norm ? 1 : 0)) < 0.01, name);
    BOOST_TEST(std::abs(value.std().item<float>() - 0.02) < 0.006, name);
  }
  auto again = Made({.latent = 64, .width = 64, .kind = GeneratorKind::kDataFree});
  again.Reset(Rng(9));
  const auto z = Latents(64, 2);
  BOOST_TEST(again.Images(z, Grad::kNone).equal(generator.Images(z, Grad::kNone)));
}

BOOST_AUTO_TEST_CASE(running_statistics_make_an_image_independent_of_its_batch) {
  GeneratorSpec spec{.latent = 8, .width = 16, .kind = GeneratorKind::kDataFree};
  spec.running_statistics = true;
  auto generator = Made(spec);
  const auto z = Latents(8);
  for (int i = 0; i < 50; ++i) generator.Images(z, Grad::kNone);
  const auto all = generator.Images(z, Grad::kNone, Mode::kEval);
  const auto one = generator.Images(z.narrow(0, 0, 1), Grad::kNone, Mode::kEval);
  BOOST_TEST((all.narrow(0, 0, 1) - one).abs().max().item<float>() < 1e-5);
  MemoryVisitor visitor;
  generator.Visit(visitor, "generator");
  auto other = Made(spec);
  visitor.loading = true;
  other.Visit(visitor, "generator");
  BOOST_TEST(other.Images(z, Grad::kNone, Mode::kEval).equal(all));
}

BOOST_AUTO_TEST_CASE(a_gradient_reaches_latent_and_weights_of_every_generator) {
  for (const char* kind : {"zskt", "dafl", "datafree", "datafree_large"}) {
    auto generator = Made({.latent = 8, .width = 8, .kind = GeneratorKindFrom(kind)});
    const auto z = Latents(8).requires_grad_();
    generator.Images(z, Grad::kAll).square().sin().sum().backward();
    BOOST_TEST(z.grad().abs().sum().item<float>() > 0, kind);
    BOOST_TEST(generator.Parameters()[0].value.grad().abs().sum().item<float>() > 0, kind);
  }
}

// Two channels with known moments: mean 1 and variance 4 in the batch.
NormInput Channels(float running_mean, float running_var) {
  const auto input = at::tensor({-1.0F, 3.0F}).view({2, 1, 1, 1}).expand({2, 2, 1, 1});
  return {input, at::full({2}, running_mean), at::full({2}, running_var)};
}

BOOST_AUTO_TEST_CASE(the_distance_of_statistics_is_a_sum_of_norms_with_a_weight_for_the_first) {
  BOOST_TEST(NormDistance({Channels(1, 4)}).item<float>() == 0);  // spec 9.3
  const float one = std::sqrt(2.0F) * 3 + std::sqrt(2.0F) * 2;    // variances 1, means 3
  BOOST_TEST(NormDistance({Channels(3, 1), Channels(3, 1)}).item<float>() == 2 * one,
             boost::test_tools::tolerance(1e-6F));
  BOOST_TEST(NormDistance({Channels(3, 1), Channels(3, 1)}, 5).item<float>() == 6 * one,
             boost::test_tools::tolerance(1e-6F));
}

BOOST_AUTO_TEST_CASE(the_divergence_of_statistics_is_that_of_two_gaussians) {
  BOOST_TEST(std::abs(NormDivergence({Channels(1, 4)}).item<float>()) < 1e-5);
  // log(1/2) + (4 + (1 - 3)^2) / 2 - 1/2, in two channels
  const double expected = 2 * (std::log(0.5) + 4 - 0.5);
  BOOST_TEST(NormDivergence({Channels(3, 1)}).item<double>() == expected,
             boost::test_tools::tolerance(1e-4));
}

BOOST_AUTO_TEST_CASE(a_watch_collects_one_pass_and_stops_when_it_goes) {
  Classifier network("wrn-16-1", Cifar());
  network.Initialize(Rng(1));
  network.Freeze();
  const Classifier& frozen = network;
  const auto images = SomeImages(Cifar(), 2).requires_grad_();
  {
    const NormWatch watch(frozen);
    frozen.Logits(images, Grad::kInputs);
    BOOST_TEST(watch.seen.size() == 13u);  // spec 4.1
    const auto gradient = Gradients(NormDistance(watch.seen), {images})[0];
    BOOST_TEST(gradient.abs().sum().item<float>() > 0);
  }
  frozen.Logits(images);
}

}  // namespace dfkd::generator_test
