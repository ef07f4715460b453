// Mean and variance over images against LibTorch's own, with first and second derivatives.
#include "bench/nn/moments.h"

#include <boost/test/data/test_case.hpp>

#include "bench/nn/losses.h"
#include "tests/nn/helpers.h"

namespace dfkd::moments_test {

ChannelMoments OfLibTorch(const at::Tensor& x) {
  const auto [var, mean] = at::var_mean(x, {0, 2, 3}, /*unbiased=*/false);
  return {mean, var};
}

// Of a scalar that is nowhere linear in either.
at::Tensor ScalarOf(const ChannelMoments& moments) {
  return (moments.mean.exp() + moments.var.sqrt() + moments.mean * moments.var).sum();
}

at::Tensor Drawn(at::ScalarType type, at::MemoryFormat format, double mean = 1) {
  return (Normal(Rng(5), {6, 5, 4, 3}, at::kCPU, type) * 2 + mean).contiguous(format);
}

double Apart(const at::Tensor& a, const at::Tensor& b) {
  return ((a - b).abs().max() / b.abs().max()).item<double>();
}

const at::MemoryFormat kFormats[] = {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast};

// Mean 3; squares of the distances 4, 0, 1 and 9.
BOOST_AUTO_TEST_CASE(moments_of_a_batch_are_those_computed_by_hand) {
  const auto moments = ChannelMomentsOf(at::tensor({1.F, 3.F, 2.F, 6.F}).view({2, 1, 1, 2}));
  BOOST_TEST(moments.mean.item<float>() == 3.F);
  BOOST_TEST(moments.var.item<float>() == 3.5F);
}

BOOST_DATA_TEST_CASE(moments_and_their_two_derivatives_are_those_of_libtorch,
                     boost::unit_test::data::make(kFormats), format) {
  const auto x = Drawn(at::kDouble, format).requires_grad_(true);
  std::vector<std::vector<at::Tensor>> both;
  for (const auto& moments : {ChannelMomentsOf(x), OfLibTorch(x)}) {
    const auto first = Gradients(ScalarOf(moments), {x}, /*create_graph=*/true)[0];
    const auto second = Gradients(first.pow(3).sum(), {x})[0];
    both.push_back({moments.mean, moments.var, first, second});
  }
  for (size_t i = 0; i < both[0].size(); ++i) BOOST_TEST(Apart(both[0][i], both[1][i]) < 1e-12);
}

// A mean of fifty deviations: what is left of squares that are subtracted would be 1e-4 off.
BOOST_DATA_TEST_CASE(a_mean_far_from_zero_costs_the_variance_no_digits,
                     boost::unit_test::data::make(kFormats), format) {
  const auto x = Drawn(at::kFloat, format, 100);
  BOOST_TEST(Apart(ChannelMomentsOf(x).var, OfLibTorch(x.to(at::kDouble)).var) < 2e-6);
}

BOOST_AUTO_TEST_CASE(the_gradient_of_the_variance_alone_needs_none_of_the_mean) {
  const auto x = Drawn(at::kFloat, at::MemoryFormat::ChannelsLast).requires_grad_(true);
  const auto ours = Gradients(ChannelMomentsOf(x).var.sum(), {x})[0];
  BOOST_TEST(Apart(ours, Gradients(OfLibTorch(x).var.sum(), {x})[0]) < 1e-5);
  BOOST_TEST(ours.is_contiguous(at::MemoryFormat::ChannelsLast));
}

}  // namespace dfkd::moments_test
