#include "bench/images/views.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <cmath>
#include <vector>

#include "bench/nn/device.h"
#include "bench/nn/random.h"

namespace dfkd {
namespace {

constexpr int kTries = 10;

struct Extent {
  int64_t first = 0, length = 0;
};
struct Piece {
  Extent rows, columns;
};

// [N,length,size]: the weight of each of `size` pixels in what is read at each place.
at::Tensor WeightsOf(const at::Tensor& drawn, int64_t size, const at::Tensor& like) {
  const auto places = Upload(drawn, like.device());
  const auto pixels = at::arange(size, places.options());
  return (1 - (places.unsqueeze(2) - pixels).abs()).clamp_min(0).to(like.scalar_type());
}

at::Tensor Mirrored(const at::Tensor& columns, const Rng& rng, bool flip) {
  if (!flip) return columns;
  const auto mirrored = Uniform(rng, {columns.size(0), 1}).lt(0.5);
  return at::where(mirrored, columns.flip({1}), columns);
}

Piece RandomBox(Rng& rng, const ImageSpec& spec, const ResizedCrop& crop) {
  const auto pixels = static_cast<double>(spec.height * spec.width);
  for (int i = 0; i < kTries; ++i) {
    const double area = pixels * rng.Uniform(crop.smallest, crop.largest);
    const double ratio = std::exp(rng.Uniform(std::log(crop.narrowest), std::log(crop.widest)));
    const int64_t width = std::lround(std::sqrt(area * ratio));
    const int64_t height = std::lround(std::sqrt(area / ratio));
    if (height < 1 || width < 1 || height >= spec.height || width >= spec.width) continue;
    const int64_t top = rng.Below(spec.height - height + 1);
    return {{top, height}, {rng.Below(spec.width - width + 1), width}};
  }
  return {{0, spec.height}, {0, spec.width}};
}

// [N,size]: of each span `size` places from its first to its last pixel.
at::Tensor Places(const std::vector<Extent>& spans, int64_t size, at::ScalarType precision) {
  std::vector<double> firsts, steps;
  for (const auto& span : spans) {
    firsts.push_back(static_cast<double>(span.first));
    steps.push_back(size > 1 ? static_cast<double>(span.length - 1) / (size - 1.0) : 0);
  }
  const auto column = [&](const std::vector<double>& values) {
    return at::tensor(values, precision).unsqueeze(1);
  };
  return at::arange(size, precision) * column(steps) + column(firsts);
}

}  // namespace

at::Tensor Seen(const at::Tensor& images, const View& view) {
  const int64_t n = images.size(0), channels = images.size(1);
  const int64_t height = images.size(2), width = images.size(3);
  const auto rows = WeightsOf(view.rows, height, images);                       // [N,H,H]
  const auto columns = WeightsOf(view.columns, width, images).transpose(1, 2);  // [N,W,W]
  const auto across = at::bmm(images.reshape({n, channels * height, width}), columns);
  return at::matmul(rows.unsqueeze(1), across.view({n, channels, height, width}));
}

View CropView(const Rng& rng, int64_t images, const ImageSpec& spec, int64_t padding, bool flip) {
  const auto starts = [&](const char* name) {
    return Integers(rng.Fork(name), 2 * padding + 1, {images, 1}).to(at::kFloat) - padding;
  };
  const auto columns = starts("columns") + at::arange(spec.width, at::kFloat);
  return {starts("rows") + at::arange(spec.height, at::kFloat),
          Mirrored(columns, rng.Fork("flip"), flip)};
}

View ResizedCropView(const Rng& rng, int64_t images, const ImageSpec& spec, const ResizedCrop& crop,
                     bool flip, at::ScalarType precision) {
  std::vector<Extent> rows, columns;
  Rng boxes = rng.Fork("boxes");
  for (int64_t i = 0; i < images; ++i) {
    const auto box = RandomBox(boxes, spec, crop);
    rows.push_back(box.rows);
    columns.push_back(box.columns);
  }
  return {Places(rows, spec.height, precision),
          Mirrored(Places(columns, spec.width, precision), rng.Fork("flip"), flip)};
}

}  // namespace dfkd
