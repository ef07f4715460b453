// The batch normalisation that is differentiated twice against LibTorch's own.
#include "bench/nn/twice_norm.h"

#include <ATen/ATen.h>

#include <boost/test/unit_test.hpp>

#include "bench/nn/losses.h"
#include "tests/nn/helpers.h"

namespace dfkd::twice_norm_test {

constexpr double kMomentum = 0.1, kEpsilon = 1e-5;

at::Tensor Drawn(const char* name, at::IntArrayRef shape, at::ScalarType type) {
  return Normal(Rng(5).Fork(name), shape, at::kCPU, type);
}

// One layer with all that it is given, and all that comes out of it.
struct Layer {
  at::Tensor x, weight, bias, running_mean, running_var;

  Layer(at::IntArrayRef shape, at::ScalarType type, at::MemoryFormat format)
      : x((Drawn("x", shape, type) * 2 + 1).contiguous(format).requires_grad_(true)),
        weight((Drawn("weight", {shape[1]}, type) + 1.5).requires_grad_(true)),
        bias(Drawn("bias", {shape[1]}, type).requires_grad_(true)),
        running_mean(at::zeros({shape[1]}, type)),
        running_var(at::ones({shape[1]}, type)) {}

  at::Tensor Output(bool twice) const {
    return twice ? TwiceDifferentiableNorm(x, weight, bias, running_mean, running_var, kMomentum,
                                           kEpsilon)
                 : at::batch_norm(x, weight, bias, running_mean, running_var, /*training=*/true,
                                  kMomentum, kEpsilon, /*cudnn_enabled=*/false);
  }

  // Of a scalar that is nowhere linear in the output.
  std::vector<at::Tensor> First(bool twice, bool create_graph = false) const {
    const auto y = Output(twice);
    const auto seed = Drawn("seed", y.sizes(), y.scalar_type());
    return Gradients((y.sin() * seed.contiguous(x.suggest_memory_format())).sum(),
                     {x, weight, bias}, create_graph);
  }

  // By x, weight and bias, of a scalar in all first derivatives.
  std::vector<at::Tensor> Second(bool twice) const {
    const auto first = First(twice, /*create_graph=*/true);
    at::Tensor sum;
    for (size_t i = 0; i < first.size(); ++i) {
      const auto name = std::to_string(i);
      const auto v = Drawn(name.c_str(), first[i].sizes(), first[i].scalar_type());
      const auto term = (v * first[i]).sum();
      sum = sum.defined() ? sum + term : term;
    }
    return Gradients(sum, {x, weight, bias});
  }
};

const std::vector<at::MemoryFormat> kFormats = {at::MemoryFormat::Contiguous,
                                                at::MemoryFormat::ChannelsLast};
// Channels and areas that are and are not multiples of a vector.
const std::vector<std::vector<int64_t>> kShapes = {
    {6, 3, 5, 7}, {4, 16, 8, 8}, {3, 21, 1, 1}, {5, 1, 4, 9}, {2, 35, 13, 11}};

BOOST_AUTO_TEST_CASE(second_derivatives_are_those_of_the_composed_normalisation) {
  for (const auto format : kFormats) {
    for (const auto& shape : kShapes) {
      const Layer layer(shape, at::kDouble, format);
      BOOST_TEST(WorstDifference(layer.Second(true), layer.Second(false)) < 1e-10);
      const Layer single(shape, at::kFloat, format);
      BOOST_TEST(WorstDifference(single.Second(true), single.Second(false)) < 1e-4);
    }
  }
}

BOOST_AUTO_TEST_CASE(values_statistics_and_first_derivatives_are_the_same_bits) {
  for (const auto format : kFormats) {
    for (const auto& shape : kShapes) {
      const Layer ours(shape, at::kFloat, format), theirs(shape, at::kFloat, format);
      BOOST_TEST(ours.Output(true).equal(theirs.Output(false)));
      BOOST_TEST(ours.running_mean.equal(theirs.running_mean));
      BOOST_TEST(ours.running_var.equal(theirs.running_var));
      const auto first = ours.First(true), expected = theirs.First(false);
      for (size_t i = 0; i < first.size(); ++i) BOOST_TEST(first[i].equal(expected[i]));
    }
  }
}

BOOST_AUTO_TEST_CASE(the_second_derivative_along_x_alone_needs_no_other) {
  const Layer layer(kShapes[0], at::kDouble, at::MemoryFormat::Contiguous);
  const auto along = [&](bool twice) {
    const auto by_x = layer.First(twice, /*create_graph=*/true)[0];
    return VectorJacobian(by_x, Drawn("v", by_x.sizes(), at::kDouble), {layer.x}, false);
  };
  BOOST_TEST(WorstDifference(along(true), along(false)) < 1e-10);
}

BOOST_AUTO_TEST_CASE(a_third_derivative_is_refused) {
  const Layer layer(kShapes[0], at::kDouble, at::MemoryFormat::Contiguous);
  const auto by_x = layer.First(true, /*create_graph=*/true)[0];
  BOOST_CHECK_THROW(Gradients(by_x.square().sum(), {layer.x}, /*create_graph=*/true),
                    std::exception);
}

}  // namespace dfkd::twice_norm_test
