#include "bench/images/augment.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "bench/nn/device.h"
#include "bench/nn/random.h"

namespace dfkd {
namespace {

// [first, last) of a side of length size * ratio around a uniform centre, cut at the edges.
std::pair<int64_t, int64_t> Span(Rng& rng, int64_t size, double ratio) {
  const auto length = static_cast<int64_t>(static_cast<double>(size) * ratio);
  const int64_t first = rng.Below(size) - length / 2;
  return {std::clamp<int64_t>(first, 0, size), std::clamp<int64_t>(first + length, 0, size)};
}

// int64 [N, length] of start + 0 … length - 1, starts in [0, 2 * padding].
at::Tensor Offsets(const Rng& rng, int64_t n, int64_t length, int64_t padding, at::Device device) {
  const auto starts = Integers(rng, 2 * padding + 1, {n, 1}, device);
  return starts + at::arange(length, starts.options());
}

}  // namespace

at::Tensor CutMix(const at::Tensor& images, Rng rng, double beta) {
  const double ratio = std::sqrt(1 - rng.Beta(beta, beta));
  const auto [top, bottom] = Span(rng, images.size(2), ratio);
  const auto [left, right] = Span(rng, images.size(3), ratio);
  const auto order = Permutation(rng.Fork("partners"), images.size(0), images.device());
  auto mixed = images.clone();
  const auto box = [&, t = top, b = bottom, l = left, r = right](const at::Tensor& x) {
    return x.slice(2, t, b).slice(3, l, r);
  };
  box(mixed).copy_(box(images).index_select(0, order));
  return mixed;
}

at::Tensor FlipBatch(const at::Tensor& images, Rng rng) {
  return rng.Uniform() < 0.5 ? images.flip({3}) : images;
}

at::Tensor FlipEach(const at::Tensor& images, Rng rng) {
  const auto flipped = Uniform(rng, {images.size(0), 1, 1, 1}, images.device()).lt(0.5);
  return at::where(flipped, images.flip({3}), images);
}

at::Tensor RandomCrop(const at::Tensor& images, Rng rng, int64_t padding, const at::Tensor& fill) {
  const int64_t n = images.size(0), channels = images.size(1);
  const int64_t height = images.size(2), width = images.size(3);
  auto padded = Upload(fill.to(images.scalar_type()), images.device())
                    .view({1, channels, 1, 1})
                    .expand({n, channels, height + 2 * padding, width + 2 * padding})
                    .contiguous();
  padded.slice(2, padding, padding + height).slice(3, padding, padding + width).copy_(images);
  const auto rows = Offsets(rng.Fork("rows"), n, height, padding, images.device());
  const auto columns = Offsets(rng.Fork("columns"), n, width, padding, images.device());
  const auto row_index = rows.view({n, 1, height, 1}).expand({n, channels, height, padded.size(3)});
  const auto column_index = columns.view({n, 1, 1, width}).expand({n, channels, height, width});
  return padded.gather(2, row_index).gather(3, column_index);
}

at::Tensor RollBatch(const at::Tensor& images, Rng rng, int64_t reach) {
  const int64_t down = rng.Below(2 * reach + 1) - reach, right = rng.Below(2 * reach + 1) - reach;
  return images.roll({down, right}, {2, 3});
}

}  // namespace dfkd
