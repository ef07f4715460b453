#include "bench/images/patches.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "bench/core/error.h"
#include "bench/images/jitter.h"
#include "bench/images/leaves.h"
#include "bench/images/pixel.h"
#include "bench/images/resample.h"
#include "bench/images/solids.h"
#include "bench/io/jpeg.h"

namespace dfkd {
namespace {

constexpr int64_t kShortestSide = 64;

Image Coloured(const Image& image) {
  if (image.channels == 3) return image;
  Image colour{image.height, image.width, 3, {}};
  for (const uint8_t grey : image.pixels) colour.pixels.insert(colour.pixels.end(), 3, grey);
  return colour;
}

// 1. A square of half the shorter side, anywhere. 2. In it an area of share U[1/500, 1] with
// log-uniform aspect ratio in [3/4, 4/3], drawn again until it fits: no fallback to the centre.
Box DrawBox(Rng& rng, const Image& picture) {
  const int64_t side = std::min(picture.height, picture.width) / 2;
  const int64_t left = rng.Below(picture.width - side + 1);
  const int64_t top = rng.Below(picture.height - side + 1);
  while (true) {
    const double area = static_cast<double>(side * side) * rng.Uniform(1.0 / 500, 1);
    const double ratio = std::exp(rng.Uniform(std::log(3.0 / 4), std::log(4.0 / 3)));
    const auto width = static_cast<int64_t>(std::lround(std::sqrt(area * ratio)));
    const auto height = static_cast<int64_t>(std::lround(std::sqrt(area / ratio)));
    if (std::min(width, height) < 1 || std::max(width, height) > side) continue;
    return {left + rng.Below(side - width + 1), top + rng.Below(side - height + 1), width, height};
  }
}

// One patch of Asano and Saeed's generator, step by step; interleaved, in [0, 255].
std::vector<float> CutPatch(Rng& rng, const Image& picture, const ImageSpec& spec) {
  const Box box = DrawBox(rng, picture);
  const auto size =
      static_cast<int64_t>(std::numbers::sqrt2 * std::max(spec.height, spec.width));  // 32: 45
  const auto frame = ResizeBicubic(picture, box, size);
  const double angle = rng.Uniform(-30, 30), shear = rng.Uniform(-30, 30);
  auto patch = CutTurned(frame, size, {angle, shear}, spec.height, spec.width);  // 3., 4.
  if (rng.Uniform() < 0.5) ColourJitter(rng, {}, patch);                         // 5.
  return patch;
}

// 6. Stored as JPEG, as the reference stores them: of the quality that PIL takes by default.
Image Stored(const std::vector<float>& rgb, const ImageSpec& spec) {
  constexpr int kQuality = 75;
  Image image{spec.height, spec.width, 3, {}};
  for (const float value : rgb) {
    image.pixels.push_back(static_cast<uint8_t>(std::clamp(value, 0.F, 255.F) + 0.5F));
  }
  image = ParseJpeg(EncodeJpeg(image, kQuality), "patch");
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
  const Image colour = Coloured(picture);
  auto images = at::empty({count, spec.channels, spec.height, spec.width}, at::kByte);
  for (int64_t i = 0; i < count; ++i) {
    Rng stream = rng.Fork("patch", i);
    images[i].copy_(ToTensor(Stored(CutPatch(stream, colour, spec), spec)));
  }
  return images;
}

}  // namespace dfkd
