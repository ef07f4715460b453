#include "bench/nn/random.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>

namespace dfkd {
namespace {

at::Generator Engine(Rng& rng) { return at::detail::createCPUGenerator(rng.Next()); }

}  // namespace

at::Tensor Normal(Rng rng, at::IntArrayRef shape, at::Device device, at::ScalarType precision) {
  return at::randn(shape, Engine(rng), at::TensorOptions(precision)).to(device);
}

at::Tensor Uniform(Rng rng, at::IntArrayRef shape, at::Device device) {
  return at::rand(shape, Engine(rng), at::TensorOptions(at::kFloat)).to(device);
}

at::Tensor Integers(Rng rng, int64_t below, at::IntArrayRef shape, at::Device device) {
  return at::randint(below, shape, Engine(rng), at::TensorOptions(at::kLong)).to(device);
}

at::Tensor Permutation(Rng rng, int64_t n, at::Device device) {
  return at::randperm(n, Engine(rng), at::TensorOptions(at::kLong)).to(device);
}

}  // namespace dfkd
