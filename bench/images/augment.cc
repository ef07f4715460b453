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

bool AreBytesHere(const at::Tensor& images) {
  return images.is_cpu() && images.scalar_type() == at::kByte;
}

// One line of an image, read from `start` on; what lies outside it is `fill`.
void CopyShifted(const uint8_t* line, int64_t width, int64_t start, uint8_t fill, uint8_t* out) {
  const int64_t first = std::clamp<int64_t>(-start, 0, width);
  const int64_t last = std::clamp<int64_t>(width - start, first, width);
  std::fill_n(out, first, fill);
  if (first < last) std::copy_n(line + start + first, last - first, out + first);
  std::fill_n(out + last, width - last, fill);
}

// RandomCrop on bytes, line by line.
at::Tensor CroppedBytes(const at::Tensor& images, const at::Tensor& tops, const at::Tensor& lefts,
                        const at::Tensor& fill) {
  const auto from = images.contiguous();
  auto out = at::empty_like(from);
  const int64_t channels = from.size(1), height = from.size(2), width = from.size(3);
  const auto* colours = fill.data_ptr<uint8_t>();
  const auto *top = tops.data_ptr<int64_t>(), *left = lefts.data_ptr<int64_t>();
  for (int64_t plane = 0; plane < from.size(0) * channels; ++plane) {
    const auto* source = from.data_ptr<uint8_t>() + plane * height * width;
    auto* target = out.data_ptr<uint8_t>() + plane * height * width;
    const uint8_t colour = colours[plane % channels];
    for (int64_t y = 0; y < height; ++y, target += width) {
      const int64_t row = y + top[plane / channels];
      if (row < 0 || row >= height) {
        std::fill_n(target, width, colour);
      } else {
        CopyShifted(source + row * width, width, left[plane / channels], colour, target);
      }
    }
  }
  return out;
}

at::Tensor FlippedBytes(const at::Tensor& images, const at::Tensor& flipped) {
  const auto from = images.contiguous();
  auto out = at::empty_like(from);
  const int64_t width = from.size(3), lines = from.size(1) * from.size(2);
  const auto* flips = flipped.data_ptr<bool>();
  for (int64_t line = 0; line < from.size(0) * lines; ++line) {
    const auto* source = from.data_ptr<uint8_t>() + line * width;
    auto* target = out.data_ptr<uint8_t>() + line * width;
    if (flips[line / lines]) {
      std::reverse_copy(source, source + width, target);
    } else {
      std::copy_n(source, width, target);
    }
  }
  return out;
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
  if (AreBytesHere(images)) return FlippedBytes(images, flipped);
  return at::where(flipped, images.flip({3}), images);
}

at::Tensor RandomCrop(const at::Tensor& images, Rng rng, int64_t padding, const at::Tensor& fill) {
  const int64_t n = images.size(0), channels = images.size(1);
  const int64_t height = images.size(2), width = images.size(3);
  if (AreBytesHere(images)) {
    const auto starts = [&](const char* name) {
      return Integers(rng.Fork(name), 2 * padding + 1, {n, 1}) - padding;
    };
    return CroppedBytes(images, starts("rows"), starts("columns"),
                        fill.to(images.options()).contiguous());
  }
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
