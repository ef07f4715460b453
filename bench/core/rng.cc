#include "bench/core/rng.h"

#include <cmath>
#include <numbers>
#include <numeric>
#include <string>
#include <utility>

#include "bench/core/error.h"
#include "bench/core/hash.h"

namespace dfkd {

uint64_t SplitMix64::Next() {
  state_ += 0x9E3779B97F4A7C15;
  uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

Rng Rng::Fork(std::string_view name, int64_t index) const {
  const auto path = std::to_string(key_) + "/" + std::string(name) + "/" + std::to_string(index);
  return Rng(std::stoull(Sha256Hex(path).substr(0, 16), nullptr, 16));
}

int64_t Rng::Below(int64_t n) {
  DFKD_CHECK(n >= 1 && n <= (int64_t{1} << 31));
  return stream_.Below(static_cast<uint32_t>(n));
}

double Rng::Uniform() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }

double Rng::Normal() {
  const double radius = std::sqrt(-2 * std::log(1 - Uniform()));
  return radius * std::cos(2 * std::numbers::pi * Uniform());
}

double Rng::Gamma(double shape) {
  DFKD_CHECK(shape > 0);
  if (shape < 1) return Gamma(shape + 1) * std::pow(1 - Uniform(), 1 / shape);
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  while (true) {
    const double x = Normal(), v = std::pow(1 + c * x, 3);
    if (v <= 0) continue;
    if (std::log(1 - Uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

double Rng::Beta(double a, double b) {
  const double x = Gamma(a), y = Gamma(b);
  return x + y > 0 ? x / (x + y) : 0.5;
}

std::vector<int64_t> Rng::Permutation(int64_t n) {
  std::vector<int64_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  for (int64_t i = n - 1; i > 0; --i) std::swap(order[i], order[Below(i + 1)]);
  return order;
}

}  // namespace dfkd
