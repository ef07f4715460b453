// Statistics of batch normalisations that remember earlier batches. Computed by hand.
#include "bench/recipes/momentum_norms.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "bench/nn/norm_statistics.h"
#include "tests/methods/fakes.h"

namespace dfkd::momentum_norms_test {

// One channel of two values; running mean 0, running variance 4.
std::vector<NormInput> Layer(const at::Tensor& values) {
  return {{values.view({2, 1, 1, 1}), at::zeros({1}), at::full({1}, 4.0)}};
}

double DistanceOf(MomentumNorms& norms, float a, float b) {
  return norms.Distance(Layer(at::tensor({a, b}))).item<double>();
}

const auto kClose = boost::test_tools::tolerance(1e-6);

BOOST_AUTO_TEST_CASE(the_first_batches_are_compared_alone_later_ones_with_what_is_remembered) {
  MomentumNorms norms(0.9);
  BOOST_TEST(DistanceOf(norms, 1, 3) == 3 + 2.0, kClose);  // mean 2, variance 1
  BOOST_TEST(DistanceOf(norms, 1, 3) == 3 + 2.0, kClose);  // nothing was remembered yet
  norms.Remember();
  BOOST_TEST(DistanceOf(norms, 4, 4) == (4 - 0.9) + (0.1 * 4 + 0.9 * 2), kClose);
  norms.Remember();  // mean 2.2, variance 0.9
  BOOST_TEST(DistanceOf(norms, 0, 0) == (4 - 0.81) + 0.9 * 2.2, kClose);
}

BOOST_AUTO_TEST_CASE(without_momentum_it_is_the_distance_of_deepinversion) {
  const auto net = MakeTeacher("vgg-s-4", 1);
  MomentumNorms norms(0);
  for (const uint64_t seed : {1, 2}) {
    const NormWatch watch(*net);
    net->Logits(Normal(Rng(seed), {4, 3, 8, 8}));
    BOOST_TEST(norms.Distance(watch.seen).item<double>() == NormDistance(watch.seen).item<double>(),
               kClose);
    norms.Remember();
  }
}

BOOST_AUTO_TEST_CASE(a_batch_moves_the_remembered_statistics_by_a_tenth_and_so_do_its_gradients) {
  const auto gradient = [](MomentumNorms& norms) {
    const auto values = at::tensor({1.F, 2.F}).requires_grad_(true);
    return Gradients(norms.Distance(Layer(values)), {values})[0];
  };
  MomentumNorms fresh(0.9), remembers(0.9);
  DistanceOf(remembers, 1, 2);
  remembers.Remember();
  BOOST_TEST(MaxDifference(gradient(remembers), 0.1 * gradient(fresh)) < 1e-6);
}

// Unbiased variance of {1, 3}: 2. Later 0.1 of {1, 5}, 8, and 0.9 of what is remembered, 1.
BOOST_AUTO_TEST_CASE(what_was_read_is_moved_to_the_running_statistics) {
  MomentumNorms norms(0.9);
  const auto restored = [&](float a, float b) {
    const auto values = at::tensor({a, b}).requires_grad_(true);
    auto layers = Layer(at::tensor({0.F, 0.F}));
    layers.push_back(Layer(values)[0]);
    layers[1].running_mean = at::full({1}, 5.0);
    const auto result = norms.Restored(layers, 1);
    BOOST_TEST(!result.requires_grad());
    norms.Distance(layers);
    return result.flatten();
  };
  const auto now = restored(1, 3);
  BOOST_TEST(now[0].item<double>() == 5 - std::sqrt(4 / 2.0), kClose);
  BOOST_TEST(now[1].item<double>() == 5 + std::sqrt(4 / 2.0), kClose);
  norms.Remember();  // mean 2, variance 1
  const auto later = restored(1, 5);
  const double scale = std::sqrt(4 / (0.1 * 8 + 0.9 * 1));
  BOOST_TEST(later[1].item<double>() == 5 + (5 - (0.1 * 3 + 0.9 * 2)) * scale, kClose);
}

BOOST_AUTO_TEST_CASE(a_channel_without_variance_is_moved_to_its_running_mean) {
  const MomentumNorms norms(0.9);
  BOOST_TEST(norms.Restored(Layer(at::tensor({7.F, 7.F})), 0).eq(0).all().item<bool>());
}

BOOST_AUTO_TEST_CASE(what_is_remembered_survives_a_restart) {
  MomentumNorms norms(0.9), resumed(0.9), empty(0.9);
  DistanceOf(norms, 1, 3);
  MemoryState nothing;
  empty.Visit(nothing, "norms");
  norms.Remember();
  MemoryState state;
  norms.Visit(state, "norms");
  state.loading = true;
  resumed.Visit(state, "norms");
  BOOST_TEST(DistanceOf(resumed, 0, 5) == DistanceOf(norms, 0, 5));
  nothing.loading = true;
  resumed.Visit(nothing, "norms");
  BOOST_TEST(DistanceOf(resumed, 1, 3) == 5, kClose);
}

}  // namespace dfkd::momentum_norms_test
