#include "bench/images/antialias.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "bench/core/error.h"

namespace dfkd {
namespace {

using Weights = std::vector<double>;  // of the source pixels, for one target pixel

std::vector<double> Gaussian(double deviation) {
  const auto radius = static_cast<int64_t>(4 * deviation + 0.5);
  std::vector<double> kernel;
  double sum = 0;
  for (int64_t i = -radius; i <= radius; ++i) {
    kernel.push_back(i == 0 ? 1
                            : std::exp(-0.5 * static_cast<double>(i * i) / deviation / deviation));
    sum += kernel.back();
  }
  for (double& weight : kernel) weight /= sum;
  return kernel;
}

// … 2 1 | 0 1 2 … n-1 | n-2 n-3 …
int64_t Mirrored(int64_t i, int64_t n) {
  if (n == 1) return 0;
  const int64_t period = 2 * (n - 1), inside = ((i % period) + period) % period;
  return std::min(inside, period - inside);
}

std::vector<Weights> Axis(int64_t source, int64_t target) {
  const double factor = static_cast<double>(source) / static_cast<double>(target);
  const auto kernel = Gaussian(std::max(0.0, (factor - 1) / 2));
  const auto radius = static_cast<int64_t>(kernel.size() / 2);
  std::vector<Weights> axis(target, Weights(source));
  for (int64_t i = 0; i < target; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * factor - 0.5;
    const auto left = static_cast<int64_t>(std::floor(centre));
    const double share = centre - static_cast<double>(left);  // of the right neighbour
    for (int64_t j = -radius; j <= radius; ++j) {
      axis[i][Mirrored(left + j, source)] += (1 - share) * kernel[j + radius];
      axis[i][Mirrored(left + j + 1, source)] += share * kernel[j + radius];
    }
  }
  return axis;
}

}  // namespace

Image GaussianResize(const Image& image, int64_t height, int64_t width) {
  DFKD_CHECK(image.height > 0 && image.width > 0 && height > 0 && width > 0);
  const int64_t channels = image.channels, stride = width * channels;
  const auto down = Axis(image.height, height), across = Axis(image.width, width);
  std::vector<double> rows(image.height * stride);
  for (int64_t i = 0; i < image.height * stride; ++i) {
    const int64_t y = i / stride, x = i % stride / channels, c = i % channels;
    for (int64_t j = 0; j < image.width; ++j) {
      rows[i] += across[x][j] * image.pixels[(y * image.width + j) * channels + c];
    }
  }
  Image resized{height, width, channels, {}};
  for (int64_t i = 0; i < height * stride; ++i) {
    double sum = 0.5;
    for (int64_t j = 0; j < image.height; ++j)
      sum += down[i / stride][j] * rows[j * stride + i % stride];
    resized.pixels.push_back(static_cast<uint8_t>(std::clamp(std::floor(sum), 0.0, 255.0)));
  }
  return resized;
}

}  // namespace dfkd
