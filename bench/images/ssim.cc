#include "bench/images/ssim.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include "bench/core/error.h"

namespace dfkd {
namespace {

constexpr int64_t kWindow = 11;
constexpr double kDeviation = 1.5, kRange = 255;
constexpr double kC1 = 0.01 * kRange * 0.01 * kRange, kC2 = 0.03 * kRange * 0.03 * kRange;

// Weighted means over every window, of float64 [M,1,H,W]: [M,1,H-10,W-10].
at::Tensor WindowMeans(const at::Tensor& values) {
  const auto places = at::arange(kWindow, values.options()) - kWindow / 2;
  const auto bell = (-places.square() / (2 * kDeviation * kDeviation)).exp();
  const auto weights = bell / bell.sum();
  const auto rows = at::conv2d(values, weights.view({1, 1, kWindow, 1}));
  return at::conv2d(rows, weights.view({1, 1, 1, kWindow}));
}

}  // namespace

bool HasSsim(const at::Tensor& images) {
  return images.size(2) >= kWindow && images.size(3) >= kWindow;
}

at::Tensor Ssim(const at::Tensor& one, const at::Tensor& other) {
  DFKD_CHECK(HasSsim(one) && one.sizes() == other.sizes());
  const auto each_channel = [&](const at::Tensor& images) {
    return images.to(at::kDouble).reshape({-1, 1, images.size(2), images.size(3)});
  };
  const auto x = each_channel(one), y = each_channel(other);
  const auto mean_x = WindowMeans(x), mean_y = WindowMeans(y);
  const auto var_x = WindowMeans(x * x) - mean_x * mean_x;
  const auto var_y = WindowMeans(y * y) - mean_y * mean_y;
  const auto covariance = WindowMeans(x * y) - mean_x * mean_y;
  const auto likeness = (2 * mean_x * mean_y + kC1) * (2 * covariance + kC2) /
                        ((mean_x.square() + mean_y.square() + kC1) * (var_x + var_y + kC2));
  return likeness.reshape({one.size(0), -1}).mean(1);
}

}  // namespace dfkd
