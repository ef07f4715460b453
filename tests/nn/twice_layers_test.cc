// Layers that are differentiated twice against LibTorch's own.
#include "bench/nn/twice_layers.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <ATen/record_function.h>

#include <boost/test/unit_test.hpp>

#include "bench/nn/losses.h"
#include "tests/nn/helpers.h"

namespace dfkd::twice_layers_test {

at::Tensor Drawn(const std::string& name, at::IntArrayRef shape, at::ScalarType type) {
  return Normal(Rng(5).Fork(name), shape, at::kCPU, type);
}

struct Geometry {
  int64_t in, out, kernel, stride;
  bool bias = false;
  int64_t groups = 1;
};
const std::vector<Geometry> kGeometries = {{3, 16, 3, 1},
                                           {16, 8, 3, 2},
                                           {5, 7, 1, 2},
                                           {1, 4, 3, 1, /*bias=*/true},
                                           {6, 6, 3, 2, /*bias=*/false, /*groups=*/6}};

// One layer with all that it is given, and all that comes out of it.
struct Layer {
  Geometry geometry;
  at::Tensor x, weight, bias;

  Layer(const Geometry& g, at::ScalarType type, at::MemoryFormat format) : geometry(g) {
    x = Drawn("x", {4, g.in, 9, 8}, type).contiguous(format).requires_grad_(true);
    weight = Drawn("weight", {g.out, g.in / g.groups, g.kernel, g.kernel}, type).contiguous(format);
    weight.requires_grad_(true);
    if (g.bias) bias = Drawn("bias", {g.out}, type).requires_grad_(true);
  }

  std::vector<at::Tensor> Inputs() const {
    return bias.defined() ? std::vector{x, weight, bias} : std::vector{x, weight};
  }

  at::Tensor Output(bool twice) const {
    const int64_t stride = geometry.stride, padding = geometry.kernel / 2;
    return twice ? TwiceDifferentiableConvolution(x, weight, bias, stride, padding)
                 : at::conv2d(x, weight, bias, {stride, stride}, {padding, padding}, {1, 1},
                              geometry.groups);
  }

  // Of a scalar that is nowhere linear in the output.
  std::vector<at::Tensor> First(bool twice, bool create_graph = false) const {
    return Gradients(Output(twice).sin().sum(), Inputs(), create_graph);
  }

  // By all that the layer is given, of a scalar in all first derivatives.
  std::vector<at::Tensor> Second(bool twice) const {
    at::Tensor sum = at::zeros({}, x.options().requires_grad(false));
    const auto first = First(twice, /*create_graph=*/true);
    for (size_t i = 0; i < first.size(); ++i) {
      const auto v = Drawn(std::to_string(i), first[i].sizes(), first[i].scalar_type());
      sum = sum + (v * first[i].sin()).sum();
    }
    return Gradients(sum, Inputs());
  }
};

const std::vector<at::MemoryFormat> kFormats = {at::MemoryFormat::Contiguous,
                                                at::MemoryFormat::ChannelsLast};

BOOST_AUTO_TEST_CASE(values_and_derivatives_of_a_convolution_are_those_of_libtorch) {
  for (const auto format : kFormats) {
    for (const auto& geometry : kGeometries) {
      for (const auto& [type, bound] :
           {std::pair(at::kDouble, 1e-10), std::pair(at::kFloat, 1e-4)}) {
        const Layer layer(geometry, type, format);
        BOOST_TEST(WorstDifference({layer.Output(true)}, {layer.Output(false)}) < bound);
        BOOST_TEST(WorstDifference(layer.First(true), layer.First(false)) < bound);
        BOOST_TEST(WorstDifference(layer.Second(true), layer.Second(false)) < bound);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(without_a_bias_values_and_first_derivatives_are_the_same_bits) {
  for (const auto format : kFormats) {
    const Layer layer(kGeometries[0], at::kFloat, format);
    BOOST_TEST(layer.Output(true).equal(layer.Output(false)));
    const auto ours = layer.First(true), theirs = layer.First(false);
    for (size_t i = 0; i < ours.size(); ++i) BOOST_TEST(ours[i].equal(theirs[i]));
  }
}

int convolutions = 0;

std::unique_ptr<at::ObserverContext> CountConvolution(const at::RecordFunction& function) {
  const std::string name = function.name();
  convolutions += name == "aten::convolution" || name == "aten::convolution_backward";
  return nullptr;
}

// How many a product of the Hessian by x with a vector makes, behind those of the gradient.
int ConvolutionsOfProduct(const Layer& layer, bool twice) {
  const auto by_x = Gradients(layer.Output(twice).sin().sum(), {layer.x}, /*create_graph=*/true)[0];
  const auto v = Drawn("v", by_x.sizes(), by_x.scalar_type());
  convolutions = 0;
  const auto handle = at::addThreadLocalCallback(at::RecordFunctionCallback(&CountConvolution));
  VectorJacobian(by_x, v, {layer.x}, /*retain_graph=*/false);
  at::removeCallback(handle);
  return convolutions;
}

// One forwards, one backwards.
BOOST_AUTO_TEST_CASE(a_product_along_the_input_makes_no_convolution_for_the_weights) {
  const Layer layer(kGeometries[0], at::kFloat, at::MemoryFormat::Contiguous);
  BOOST_TEST(ConvolutionsOfProduct(layer, true) == 2);
}

BOOST_AUTO_TEST_CASE(relu_and_its_derivatives_are_the_bits_of_libtorch) {
  const auto of = [](bool ours, bool second) {
    const auto x = Drawn("x", {100}, at::kFloat).requires_grad_(true);
    const auto y = (ours ? Relu(x) : at::relu(x)) * x.sin();
    const auto first = Gradients(y.square().sum(), {x}, second)[0];
    return second ? Gradients(first.square().sum(), {x})[0] : first;
  };
  BOOST_TEST(of(true, false).equal(of(false, false)));
  BOOST_TEST(of(true, true).equal(of(false, true)));
  const at::NoGradGuard no_grad;
  BOOST_TEST(Relu(at::arange(-3, 3)).equal(at::relu(at::arange(-3, 3))));
}

}  // namespace dfkd::twice_layers_test
