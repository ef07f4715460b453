#include "bench/recipes/hypergradient.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "bench/nn/losses.h"
#include "bench/nn/random.h"

namespace dfkd::hypergradient_test {

// L_in = |d - A theta|^2 / 2, L_out = |d|^2 / 2: Phi = d - a (d - A theta) contracts by 1 - a.
struct Toy {
  at::Tensor a = Normal(Rng(1), {4, 3}).to(at::kDouble);
  at::Tensor theta = Normal(Rng(2), {3}).to(at::kDouble).requires_grad_(true);
  at::Tensor delta = Normal(Rng(3), {4}).to(at::kDouble).requires_grad_(true);

  std::vector<at::Tensor> Hypergradient(double step, int64_t terms) const {
    const auto inner = (delta - a.mv(theta)).square().sum() / 2;
    const auto gradient = Gradients(inner, {delta}, /*create_graph=*/true)[0];
    return FixedPointHypergradient(gradient, delta, {theta}, delta.detach(), step, terms);
  }
};

BOOST_AUTO_TEST_CASE(the_hypergradient_of_a_quadratic_toy_is_its_truncated_neumann_series) {
  const Toy toy;
  for (const int64_t terms : {1, 2, 5, 50}) {
    const auto expected = (1 - std::pow(0.9, terms)) * toy.a.t().mv(toy.delta.detach());
    const auto got = toy.Hypergradient(0.1, terms)[0];
    BOOST_TEST((got - expected).abs().max().item<double>() < 1e-12);
  }
}

BOOST_AUTO_TEST_CASE(no_terms_give_a_zero_hypergradient) {
  BOOST_TEST(Toy().Hypergradient(0.1, 0)[0].abs().max().item<double>() == 0);
}

BOOST_AUTO_TEST_CASE(an_inner_loss_without_parameters_gives_a_zero_hypergradient) {
  const Toy toy;
  const auto inner = toy.delta.pow(4).sum();
  const auto gradient = Gradients(inner, {toy.delta}, /*create_graph=*/true)[0];
  const auto got =
      FixedPointHypergradient(gradient, toy.delta, {toy.theta}, toy.delta.detach(), 0.1, 5);
  BOOST_TEST(got[0].abs().max().item<double>() == 0);
}

BOOST_AUTO_TEST_CASE(the_first_step_of_adam_has_the_size_of_its_rate_in_every_coordinate) {
  const auto rate = at::full({2}, 0.1, at::kDouble);
  rate[1] = 0.3;
  const auto loss = [](const at::Tensor& x) { return (x - 5).square().sum(); };
  const auto point = MinimizeByAdam(loss, at::zeros({2}, at::kDouble), rate, 1);
  BOOST_TEST(point[0].item<double>() == 0.1, boost::test_tools::tolerance(1e-6));
  BOOST_TEST(point[1].item<double>() == 0.3, boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(adam_finds_the_minimum_of_a_parabola) {
  const auto loss = [](const at::Tensor& x) { return (x - 5).square().sum(); };
  const auto point =
      MinimizeByAdam(loss, at::zeros({1}, at::kDouble), at::full({1}, 0.1, at::kDouble), 2000);
  BOOST_TEST(std::abs(point.item<double>() - 5) < 1e-3);
}

}  // namespace dfkd::hypergradient_test
