#include "bench/images/resample.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "bench/core/error.h"

namespace dfkd {
namespace {

// Keys' cubic with a = -1/2.
double Cubic(double x) {
  x = std::abs(x);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

// What one value of the result takes from `first` on.
struct Kernel {
  int64_t first;
  std::vector<float> weights;  // their sum is 1
};

// From `from` samples to `to`: bicubic, widened where it shrinks, so that nothing aliases.
std::vector<Kernel> Kernels(int64_t from, int64_t to) {
  std::vector<Kernel> kernels;
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  const double widening = std::max(scale, 1.0);
  for (int64_t i = 0; i < to; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * scale;
    const auto first = std::max<int64_t>(0, std::lround(centre - 2 * widening));
    const auto last = std::min<int64_t>(from, std::lround(centre + 2 * widening));
    std::vector<double> weights;
    for (int64_t j = first; j < last; ++j) {
      weights.push_back(Cubic((static_cast<double>(j) + 0.5 - centre) / widening));
    }
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    Kernel kernel{first, {}};
    for (const double weight : weights) kernel.weights.push_back(static_cast<float>(weight / sum));
    kernels.push_back(std::move(kernel));
  }
  return kernels;
}

// One value [3]: `step` values lie between two of the samples at `from`.
template <class Value>
void Filter(const Kernel& kernel, const Value* from, int64_t step, float* rgb) {
  from += kernel.first * step;
  for (const float weight : kernel.weights) {
    for (int c = 0; c < 3; ++c) rgb[c] += weight * static_cast<float>(from[c]);
    from += step;
  }
}

double Between(double a, double b, double share) { return a + (b - a) * share; }

// Writes the bilinear value at (x, y) of the frame, truncated; nothing (black) outside of it.
void ReadBilinear(const std::vector<float>& frame, int64_t size, double x, double y, float* rgb) {
  if (std::min(x, y) < 0 || std::max(x, y) >= static_cast<double>(size)) return;
  const auto column = static_cast<int64_t>(std::floor(x - 0.5));
  const auto row = static_cast<int64_t>(std::floor(y - 0.5));
  const double right = x - 0.5 - static_cast<double>(column);
  const double down = y - 0.5 - static_cast<double>(row);
  const auto pixel = [&](int64_t i, int64_t j) {
    i = std::clamp<int64_t>(i, 0, size - 1), j = std::clamp<int64_t>(j, 0, size - 1);
    return &frame[(i * size + j) * 3];
  };
  const float* above[] = {pixel(row, column), pixel(row, column + 1)};
  const float* below[] = {pixel(row + 1, column), pixel(row + 1, column + 1)};
  for (int c = 0; c < 3; ++c) {
    rgb[c] = static_cast<float>(std::floor(Between(
        Between(above[0][c], above[1][c], right), Between(below[0][c], below[1][c], right), down)));
  }
}

// The first of `side` pixels in the middle of `size`; halves go to the even number.
double Margin(int64_t size, int64_t side) {
  return std::nearbyint(static_cast<double>(size - side) / 2);
}

}  // namespace

std::vector<float> ResizeBicubic(const Image& picture, const Box& box, int64_t size) {
  DFKD_CHECK(picture.channels == 3);
  const auto across = Kernels(box.width, size), along = Kernels(box.height, size);
  std::vector<float> rows(box.height * size * 3), frame(size * size * 3);
  for (int64_t k = 0; k < box.height * size; ++k) {
    const int64_t start = (box.top + k / size) * picture.width + box.left;
    Filter(across[k % size], picture.pixels.data() + start * 3, 3, &rows[k * 3]);
  }
  for (int64_t k = 0; k < size * size; ++k) {
    Filter(along[k / size], &rows[k % size * 3], size * 3, &frame[k * 3]);
  }
  for (float& value : frame) value = std::floor(std::clamp(value, 0.F, 255.F) + 0.5F);
  return frame;
}

std::vector<float> CutTurned(const std::vector<float>& frame, int64_t size, const Turn& turn,
                             int64_t height, int64_t width) {
  constexpr double kDegree = std::numbers::pi / 180;
  const double cosine = std::cos(turn.angle * kDegree), sine = std::sin(turn.angle * kDegree);
  const double shear = std::tan(turn.shear * kDegree);
  const double centre = static_cast<double>(size) / 2;
  std::vector<float> patch(height * width * 3);
  for (int64_t k = 0; k < height * width; ++k) {
    const double dx = Margin(size, width) + static_cast<double>(k % width) + 0.5 - centre;
    const double dy = Margin(size, height) + static_cast<double>(k / width) + 0.5 - centre;
    // Where the pixel comes from: the inverse of a rotation after a shear.
    const double x = (cosine - shear * sine) * dx + (sine + shear * cosine) * dy + centre;
    const double y = cosine * dy - sine * dx + centre;
    ReadBilinear(frame, size, x, y, &patch[k * 3]);
  }
  return patch;
}

}  // namespace dfkd
