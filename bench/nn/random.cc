#include "bench/nn/random.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>

#include "bench/nn/device.h"

namespace dfkd {
namespace {

at::Generator Engine(Rng& rng) { return at::detail::createCPUGenerator(rng.Next()); }

// Drawn where a GPU can fetch it by itself.
at::TensorOptions OnHost(at::ScalarType type, const at::Device& device) {
  return at::TensorOptions(type).pinned_memory(device.is_cuda());
}

}  // namespace

at::Tensor Normal(Rng rng, at::IntArrayRef shape, at::Device device, at::ScalarType precision) {
  return Upload(at::randn(shape, Engine(rng), OnHost(precision, device)), device);
}

at::Tensor Uniform(Rng rng, at::IntArrayRef shape, at::Device device) {
  return Upload(at::rand(shape, Engine(rng), OnHost(at::kFloat, device)), device);
}

at::Tensor Integers(Rng rng, int64_t below, at::IntArrayRef shape, at::Device device) {
  return Upload(at::randint(below, shape, Engine(rng), OnHost(at::kLong, device)), device);
}

at::Tensor Permutation(Rng rng, int64_t n, at::Device device) {
  return Upload(at::randperm(n, Engine(rng), OnHost(at::kLong, device)), device);
}

}  // namespace dfkd
