#include "bench/recipes/augment.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "bench/nn/random.h"

namespace dfkd {

at::Tensor RandomFlip(const at::Tensor& images, Rng rng) {
  const auto mirrored =
      Integers(rng, 2, {images.size(0), 1, 1, 1}, images.device()).to(at::kBool);  // [N,1,1,1]
  return at::where(mirrored, images.flip({3}), images);
}

at::Tensor FlipBatch(const at::Tensor& images, Rng rng) {
  return rng.Below(2) ? images.flip({3}) : images;
}

at::Tensor RandomCrop(const at::Tensor& images, int64_t padding, Rng rng) {
  const int64_t n = images.size(0), height = images.size(2), width = images.size(3);
  const auto padded = at::constant_pad_nd(images, {padding, padding, padding, padding});
  const auto at_y = Integers(rng.Fork("y"), 2 * padding + 1, {n, 1}, images.device());
  const auto at_x = Integers(rng.Fork("x"), 2 * padding + 1, {n, 1}, images.device());
  const auto options = at_y.options();
  const auto rows = (at_y + at::arange(height, options)).view({n, 1, height, 1});   // [N,1,H,1]
  const auto columns = (at_x + at::arange(width, options)).view({n, 1, 1, width});  // [N,1,1,W]
  const auto of_rows =
      padded.gather(2, rows.expand({n, images.size(1), height, width + 2 * padding}));
  return of_rows.gather(3, columns.expand({n, images.size(1), height, width}));
}

at::Tensor Roll(const at::Tensor& images, int64_t reach, Rng rng) {
  const int64_t y = rng.Below(2 * reach + 1) - reach, x = rng.Below(2 * reach + 1) - reach;
  return at::roll(images, {y, x}, {2, 3});
}

at::Tensor CutMix(const at::Tensor& images, double beta, Rng rng) {
  const auto height = static_cast<double>(images.size(2)),
             width = static_cast<double>(images.size(3));
  const double side = std::sqrt(1 - rng.Beta(beta, beta));
  const double cy = rng.Uniform(0, height), cx = rng.Uniform(0, width);
  const auto span = [](double centre, double size, double limit) {
    const auto first = static_cast<int64_t>(std::clamp(centre - size / 2, 0.0, limit));
    return std::pair(first,
                     static_cast<int64_t>(std::clamp(centre + size / 2, 0.0, limit)) - first);
  };
  const auto [y, rows] = span(cy, side * height, height);
  const auto [x, columns] = span(cx, side * width, width);
  if (rows <= 0 || columns <= 0) return images;
  const auto other = Permutation(rng.Fork("partner"), images.size(0), images.device());
  const auto box = images.narrow(2, y, rows).narrow(3, x, columns);
  auto mixed = images.clone();
  mixed.narrow(2, y, rows).narrow(3, x, columns).copy_(box.index_select(0, other));
  return mixed;
}

}  // namespace dfkd
