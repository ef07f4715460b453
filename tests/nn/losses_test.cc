#include "bench/nn/losses.h"

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "tests/nn/helpers.h"

namespace dfkd::losses_test {

at::Tensor SomeLogits(const char* name, int64_t rows = 6, int64_t classes = 10) {
  return Normal(Rng(5).Fork(name), {rows, classes}) * 3;
}

at::Tensor DoubleNormal(const char* name, at::IntArrayRef shape) {
  return Normal(Rng(6).Fork(name), shape).to(at::kDouble);
}

BOOST_AUTO_TEST_CASE(kl_of_two_coins_is_the_value_computed_by_hand) {
  const auto teacher = at::tensor({std::log(0.75), std::log(0.25)}).view({1, 2});
  const auto student = at::tensor({std::log(0.5), std::log(0.5)}).view({1, 2});
  const double expected = 0.75 * std::log(1.5) + 0.25 * std::log(0.5);
  BOOST_TEST(KlPerSample(teacher, student, 1)[0].item<double>() == expected,
             boost::test_tools::tolerance(1e-6));
  BOOST_TEST(KlPerSample(teacher, teacher, 1)[0].item<double>() == 0);
  // At temperature 2 the teacher's odds are the square root of 3 to 1.
  const double p = std::sqrt(3.0) / (1 + std::sqrt(3.0));
  BOOST_TEST(KlPerSample(teacher, student, 2)[0].item<double>() ==
                 p * std::log(2 * p) + (1 - p) * std::log(2 * (1 - p)),
             boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(kl_mean_times_classes_times_batch_is_the_sum) {
  const auto teacher = SomeLogits("teacher"), student = SomeLogits("student");
  const double sum = KlPerSample(teacher, student, 1).sum().item<double>();
  const KdLoss mean = {.temperature = 1, .mean_over_classes = true, .tau_squared = false};
  const double kl_mean = KdPerSample(teacher, student, mean).mean().item<double>();
  BOOST_TEST(kl_mean * 10 * 6 == sum, boost::test_tools::tolerance(1e-5));
}

// KD_bm = classes * tau^2 * KD_el (dfkd_methods 9.3).
BOOST_AUTO_TEST_CASE(the_two_reductions_differ_by_classes_times_temperature_squared) {
  const auto teacher = SomeLogits("teacher"), student = SomeLogits("student");
  const KdLoss batch = {.temperature = 4};
  const KdLoss element = {.temperature = 4, .mean_over_classes = true, .tau_squared = false};
  const double kd_bm = KdPerSample(teacher, student, batch).mean().item<double>();
  const double kd_el = KdPerSample(teacher, student, element).mean().item<double>();
  BOOST_TEST(kd_bm == 10 * 16 * kd_el, boost::test_tools::tolerance(1e-5));
}

BOOST_AUTO_TEST_CASE(the_distillers_reduction_scales_the_divergence) {
  const auto teacher = SomeLogits("teacher"), student = SomeLogits("student");
  const auto plain = KlPerSample(teacher, student, 4);
  const KdLoss batch = {.temperature = 4};
  BOOST_TEST(KdPerSample(teacher, student, batch).equal(plain * 16));
  const KdLoss unscaled = {.temperature = 4, .tau_squared = false};
  BOOST_TEST(KdPerSample(teacher, student, unscaled).equal(plain));
}

BOOST_AUTO_TEST_CASE(cross_entropy_is_the_negative_log_probability_of_the_label) {
  const auto logits = at::tensor({std::log(0.2), std::log(0.8)}).view({1, 2});
  BOOST_TEST(
      CrossEntropyPerSample(logits, at::tensor({int64_t{0}}))[0].item<double>() == -std::log(0.2),
      boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(an_attention_map_has_unit_norm_and_a_dead_one_stays_finite) {
  const auto map = AttentionMap(Normal(Rng(7), {3, 5, 4, 6}, at::kCPU, at::kDouble));
  BOOST_TEST(map.sizes() == at::IntArrayRef({3, 24}));
  BOOST_TEST((map.norm(2, 1) - 1).abs().max().item<double>() < 1e-12);
  auto dead = at::zeros({1, 2, 3, 3}).requires_grad_();
  const auto gradient = Gradients(AttentionMap(dead).sum(), {dead})[0];
  BOOST_TEST(gradient.isfinite().all().item<bool>());
}

BOOST_AUTO_TEST_CASE(an_attention_map_of_bfloat16_is_computed_in_float32) {
  const auto map = AttentionMap(Normal(Rng(7), {3, 5, 4, 6}).to(at::kBFloat16));
  BOOST_TEST((map.scalar_type() == at::kFloat));
}

BOOST_AUTO_TEST_CASE(total_variation_adds_vertical_and_horizontal_mean_squares) {
  const auto image = at::tensor({0.0F, 1.0F, 2.0F, 4.0F}).view({1, 1, 2, 2});
  BOOST_TEST(TotalVariation(image).item<float>() == (4.0 + 9.0) / 2 + (1.0 + 4.0) / 2);
}

BOOST_AUTO_TEST_CASE(gradients_of_unused_inputs_are_zeros) {
  const auto used = at::ones({2}).requires_grad_(), unused = at::ones({3}).requires_grad_();
  const auto gradients = Gradients(used.square().sum(), {used, unused});
  BOOST_TEST(gradients[0].equal(at::full({2}, 2.0F)));
  BOOST_TEST(gradients[1].equal(at::zeros({3})));
}

BOOST_AUTO_TEST_CASE(a_graph_kept_once_gives_several_vector_jacobian_products) {
  const auto x = DoubleNormal("x", {4}).requires_grad_();
  const auto matrix = DoubleNormal("matrix", {3, 4});
  const auto y = matrix.mv(x);
  for (const char* name : {"first", "second"}) {
    const auto vector = DoubleNormal(name, {3});
    const auto product = VectorJacobian(y, vector, {x}, /*retain_graph=*/true)[0];
    BOOST_TEST(product.allclose(matrix.t().mv(vector)));
  }
}

// A teacher and a student of two layers with softplus, whose second derivatives have no kinks.
struct Toy {
  at::Tensor x = DoubleNormal("x", {5, 4});
  at::Tensor teacher = DoubleNormal("teacher", {4, 3});
  at::Tensor weight = DoubleNormal("weight", {4, 3}).requires_grad_();
  at::Tensor delta = (DoubleNormal("delta", {5, 4}) * 0.1).requires_grad_();

  // |d KL / d delta|^2 as a function of the student's weight.
  at::Tensor Outer(bool create_graph) const {
    const auto input = x + delta;
    const auto loss =
        KlPerSample(at::softplus(input).mm(teacher), at::softplus(input.mm(weight)), 2).mean();
    return Gradients(loss, {delta}, create_graph, /*retain_graph=*/true)[0].square().sum();
  }
};

BOOST_AUTO_TEST_CASE(second_derivatives_of_kl_agree_with_finite_differences) {
  Toy toy;
  const auto exact = Gradients(toy.Outer(true), {toy.weight})[0];
  const auto direction = DoubleNormal("direction", {4, 3});
  const double step = 1e-5;
  const auto moved = [&](double by) {
    Toy other;
    other.weight = (toy.weight.detach() + by * direction).requires_grad_();
    return other.Outer(false).item<double>();
  };
  const double numeric = (moved(step) - moved(-step)) / (2 * step);
  BOOST_TEST((exact * direction).sum().item<double>() == numeric,
             boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(attention_maps_are_twice_differentiable) {
  const auto x = Normal(Rng(8), {2, 3, 4, 4}).requires_grad_();
  const auto target = AttentionMap(Normal(Rng(9), {2, 3, 4, 4}));
  const auto loss = (AttentionMap(x) - target).square().mean();
  const auto first = Gradients(loss, {x}, /*create_graph=*/true)[0];
  const auto second = Gradients(first.square().sum(), {x})[0];
  BOOST_TEST(second.abs().sum().item<float>() > 0);
}

}  // namespace dfkd::losses_test
