#include "bench/recipes/patches.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "bench/core/error.h"
#include "bench/recipes/jitter.h"
#include "bench/recipes/leaves.h"
#include "bench/recipes/pixel.h"
#include "bench/recipes/solids.h"

namespace dfkd {
namespace {

constexpr int64_t kShortestSide = 64;

Image Coloured(const Image& image) {
  if (image.channels == 3) return image;
  Image colour{image.height, image.width, 3, {}};
  for (const uint8_t grey : image.pixels) colour.pixels.insert(colour.pixels.end(), 3, grey);
  return colour;
}

// The picture, its half, its quarter, …: a patch is read from the level whose pixels are nearest to
// its own, so that small patches of large areas do not alias.
std::vector<Image> Pyramid(const Image& picture) {
  std::vector<Image> levels = {Coloured(picture)};
  while (std::min(levels.back().height, levels.back().width) >= 2 * 8) {
    levels.push_back(Resize(levels.back(), levels.back().height / 2, levels.back().width / 2));
  }
  return levels;
}

struct Rectangle {
  double left, top, width, height;  // in pixels of the picture
};

// A square of half the shorter side; in it an area of share U[1/500, 1] with log-uniform aspect
// ratio in [3/4, 4/3]. Drawn again until it fits.
Rectangle DrawRectangle(Rng& rng, const Image& picture) {
  const double side = static_cast<double>(std::min(picture.height, picture.width) / 2);
  const double left = rng.Uniform(0, static_cast<double>(picture.width) - side);
  const double top = rng.Uniform(0, static_cast<double>(picture.height) - side);
  while (true) {
    const double area = side * side * rng.Uniform(1.0 / 500, 1);
    const double ratio = std::exp(rng.Uniform(std::log(3.0 / 4), std::log(4.0 / 3)));
    const double width = std::sqrt(area * ratio), height = std::sqrt(area / ratio);
    if (width > side || height > side) continue;
    return {left + rng.Uniform(0, side - width), top + rng.Uniform(0, side - height), width,
            height};
  }
}

// From an offset to the centre of the patch to one of the enlarged frame: the inverse of a rotation
// after a horizontal shear, both within 30 degrees.
struct Affine {
  double xx, xy, yx, yy;
};

Affine DrawAffine(Rng& rng) {
  const double degrees = std::numbers::pi / 180;
  const double angle = rng.Uniform(-30, 30) * degrees;
  const double shear = std::tan(rng.Uniform(-30, 30) * degrees);
  const double cosine = std::cos(angle), sine = std::sin(angle);
  return {cosine - shear * sine, sine + shear * cosine, -sine, cosine};
}

// Adds the bilinear value at (x, y), in pixels of the level, weighted.
void AddBilinear(const Image& level, double x, double y, float weight, float* rgb) {
  const auto clamped = [](int64_t i, int64_t size) { return std::clamp<int64_t>(i, 0, size - 1); };
  const auto column = static_cast<int64_t>(std::floor(x - 0.5));
  const auto row = static_cast<int64_t>(std::floor(y - 0.5));
  const auto right = static_cast<float>(x - 0.5 - static_cast<double>(column));
  const auto down = static_cast<float>(y - 0.5 - static_cast<double>(row));
  for (int corner = 0; corner < 4; ++corner) {
    const int64_t i = clamped(row + corner / 2, level.height);
    const int64_t j = clamped(column + corner % 2, level.width);
    const float share = (corner / 2 == 1 ? down : 1 - down) * (corner % 2 == 1 ? right : 1 - right);
    const uint8_t* pixel = level.pixels.data() + (i * level.width + j) * 3;
    for (int c = 0; c < 3; ++c) rgb[c] += weight * share * static_cast<float>(pixel[c]);
  }
}

// One patch: area, enlarged to sqrt(2) times the patch, turned and sheared about its centre (black
// outside), cut to the patch. Interleaved, in [0, 255].
// Deviation: one resampling with 2x2 points a pixel instead of a bicubic and a bilinear one.
std::vector<float> CutPatch(Rng& rng, const std::vector<Image>& pyramid, const ImageSpec& spec) {
  const Rectangle area = DrawRectangle(rng, pyramid.front());
  const Affine affine = DrawAffine(rng);
  const auto frame = std::floor(std::numbers::sqrt2 * std::max(spec.height, spec.width));
  const double step = std::max(area.width, area.height) / frame;
  const auto wanted = static_cast<int64_t>(std::floor(std::log2(std::max(step, 1.0))));
  const Image& level = pyramid[std::min<int64_t>(wanted, std::ssize(pyramid) - 1)];
  const double across = static_cast<double>(level.width) / pyramid.front().width;
  const double along = static_cast<double>(level.height) / pyramid.front().height;
  std::vector<float> patch(spec.height * spec.width * 3);
  for (int64_t k = 0; k < spec.height * spec.width * 4; ++k) {
    const int64_t pixel = k / 4;
    const double dx = pixel % spec.width + (k % 2 + 0.5) / 2 - spec.width / 2.0;
    const double dy = pixel / spec.width + (k / 2 % 2 + 0.5) / 2 - spec.height / 2.0;
    const double u = (affine.xx * dx + affine.xy * dy) / frame + 0.5;
    const double v = (affine.yx * dx + affine.yy * dy) / frame + 0.5;
    if (std::min(u, v) < 0 || std::max(u, v) >= 1) continue;
    AddBilinear(level, (area.left + u * area.width) * across, (area.top + v * area.height) * along,
                0.25F, &patch[pixel * 3]);
  }
  return patch;
}

Image Rounded(const std::vector<float>& rgb, const ImageSpec& spec) {
  Image image{spec.height, spec.width, 3, {}};
  for (const float value : rgb) {
    image.pixels.push_back(static_cast<uint8_t>(std::clamp(value, 0.F, 255.F) + 0.5F));
  }
  return spec.channels == 1 ? ToGrey(image) : image;
}

// Copies what is not black. solid: uint8 [3,size,size].
void PasteSolid(const at::Tensor& solid, int64_t left, int64_t top, Image& canvas) {
  const auto pixels = solid.permute({1, 2, 0}).contiguous();  // [size,size,3]
  const uint8_t* from = pixels.data_ptr<uint8_t>();
  const int64_t size = solid.size(1);
  for (int64_t k = 0; k < size * size; ++k, from += 3) {
    const int64_t place = (top + k / size) * canvas.width + left + k % size;
    if (std::any_of(from, from + 3, [](uint8_t value) { return value > 0; })) {
      std::copy_n(from, 3, canvas.pixels.begin() + place * 3);
    }
  }
}

}  // namespace

Image ProceduralPicture(const Rng& rng) {
  constexpr int64_t kSolids = 40, kSolidSide = 160;
  Image canvas =
      DrawLeaves(rng.Fork("leaves"),
                 {.height = 768, .width = 1024, .channels = 3, .shapes = 30000, .largest = 160});
  const auto solids = DrawSolids(rng.Fork("solids"), kSolids,
                                 {.channels = 3, .height = kSolidSide, .width = kSolidSide});
  Rng places = rng.Fork("places");
  for (int64_t i = 0; i < kSolids; ++i) {
    const int64_t left = places.Below(canvas.width - kSolidSide);
    const int64_t top = places.Below(canvas.height - kSolidSide);
    PasteSolid(solids[i], left, top, canvas);
  }
  return canvas;
}

at::Tensor CutPatches(const Image& picture, const Rng& rng, int64_t count, const ImageSpec& spec) {
  if (std::min(picture.height, picture.width) < kShortestSide) {
    throw MakeError("a picture of {}x{} is too small to cut patches from: sides of at least {}",
                    picture.height, picture.width, kShortestSide);
  }
  const auto pyramid = Pyramid(picture);
  auto images = at::empty({count, spec.channels, spec.height, spec.width}, at::kByte);
  for (int64_t i = 0; i < count; ++i) {
    Rng stream = rng.Fork("patch", i);
    auto patch = CutPatch(stream, pyramid, spec);
    if (stream.Uniform() < 0.5) ColourJitter(stream, {}, patch);
    images[i].copy_(ToTensor(Rounded(patch, spec)));
  }
  return images;
}

}  // namespace dfkd
