// Prints how this process rounds: a hash each of a convolution, a product and a logarithm in
// float32 and of a convolution in bfloat16. Two variants of roundings.sh that print the same are
// one here.
#include <ATen/ATen.h>
#include <fmt/format.h>

#include "bench/core/hash.h"
#include "bench/core/rng.h"
#include "bench/nn/numerics.h"
#include "bench/nn/random.h"

namespace {

std::string HashOf(const at::Tensor& values) {
  const auto flat = values.contiguous();
  const std::string bytes(static_cast<const char*>(flat.data_ptr()), flat.nbytes());
  return dfkd::Sha256Hex(bytes).substr(0, 8);
}

at::Tensor Drawn(const char* name, at::IntArrayRef shape) {
  return dfkd::Uniform(dfkd::Rng(1).Fork(name), shape) - 0.5;
}

at::Tensor Convolved(const at::Tensor& images, const at::Tensor& weight) {
  return at::conv2d(images, weight, {}, /*stride=*/1, /*padding=*/1);
}

}  // namespace

int main() {
  const auto images = Drawn("images", {8, 32, 16, 16}), weight = Drawn("weight", {32, 32, 3, 3});
  const auto matrix = Drawn("matrix", {96, 96});
  const bool half = dfkd::Runs(dfkd::Profile::kBf16, at::kCPU);
  fmt::print("convolution {}, product {}, logarithm {}, bfloat16 {}\n",
             HashOf(Convolved(images, weight)), HashOf(matrix.mm(matrix)),
             HashOf((images + 1).log()),
             half ? HashOf(Convolved(images.to(at::kBFloat16), weight.to(at::kBFloat16))) : "none");
}
