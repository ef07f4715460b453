#include "bench/images/leaves.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "bench/images/textures.h"

namespace dfkd {
namespace {

constexpr int64_t kTextures = 4, kCanvases = 4;

struct Leaf {
  int64_t kind;  // disc, rectangle, triangle
  double cx, cy, radius, aspect, cosine, sine;
  std::array<float, 3> colour;
  float contrast;
  int64_t texture;
};

// Inverse of the distribution function of the density r^-3 on [smallest, largest].
double Radius(Rng& rng, double smallest, double largest) {
  const double a = std::pow(smallest, -2), b = std::pow(largest, -2);
  return 1 / std::sqrt(a + rng.Uniform() * (b - a));
}

Leaf DrawLeaf(Rng& rng, const LeavesOptions& options) {
  Leaf leaf{};
  leaf.kind = rng.Below(3);
  leaf.cx = rng.Uniform(0, static_cast<double>(options.width));
  leaf.cy = rng.Uniform(0, static_cast<double>(options.height));
  leaf.radius = Radius(rng, options.smallest, options.largest);
  leaf.aspect = rng.Uniform(0.3, 1);
  const double angle = rng.Uniform(0, 2 * std::numbers::pi);
  leaf.cosine = std::cos(angle);
  leaf.sine = std::sin(angle);
  for (float& c : leaf.colour) c = static_cast<float>(rng.Uniform());
  leaf.contrast = static_cast<float>(0.8 * rng.Uniform());
  leaf.texture = rng.Below(kTextures);
  return leaf;
}

bool Covers(const Leaf& leaf, double dx, double dy) {
  const double u = (leaf.cosine * dx + leaf.sine * dy) / leaf.radius;
  const double v = (leaf.cosine * dy - leaf.sine * dx) / leaf.radius;
  if (leaf.kind == 0) return u * u + v * v < 1;
  if (leaf.kind == 1) return std::abs(u) < 1 && std::abs(v) < leaf.aspect;
  return v > -0.5 && v + std::sqrt(3.0) * std::abs(u) < 1;
}

// `textures`: [kTextures,H,W].
void Paint(const Leaf& leaf, const float* textures, Image& canvas) {
  const double reach = leaf.radius * std::numbers::sqrt2;
  const auto low = [&](double centre) {
    return std::max<int64_t>(0, std::llround(centre - reach));
  };
  const auto high = [&](double centre, int64_t size) {
    return std::min<int64_t>(size, std::llround(centre + reach) + 1);
  };
  for (int64_t y = low(leaf.cy); y < high(leaf.cy, canvas.height); ++y) {
    for (int64_t x = low(leaf.cx); x < high(leaf.cx, canvas.width); ++x) {
      if (!Covers(leaf, static_cast<double>(x) - leaf.cx, static_cast<double>(y) - leaf.cy))
        continue;
      const int64_t place = y * canvas.width + x;
      const float grain = textures[leaf.texture * canvas.height * canvas.width + place];
      for (int64_t c = 0; c < canvas.channels; ++c) {
        const float value = leaf.colour[c] + leaf.contrast * (grain - 0.5F);
        canvas.pixels[place * canvas.channels + c] =
            static_cast<uint8_t>(std::clamp(value, 0.F, 1.F) * 255 + 0.5F);
      }
    }
  }
}

struct Crop {
  double x, y, along, across;  // canvas step of one pixel to the right; `across` is its y part
  double scale, contrast, brightness;
  bool flipped;
};

Crop DrawCrop(Rng& rng, const Image& canvas) {
  Crop crop{};
  crop.x = rng.Uniform(0, static_cast<double>(canvas.width));
  crop.y = rng.Uniform(0, static_cast<double>(canvas.height));
  crop.scale = 0.6 * std::pow(10, rng.Uniform());
  const double angle = rng.Uniform(-0.2, 0.2) * std::numbers::pi;
  crop.along = crop.scale * std::cos(angle);
  crop.across = crop.scale * std::sin(angle);
  crop.flipped = rng.Uniform() < 0.5;
  crop.contrast = rng.Uniform(0.7, 1.4);
  crop.brightness = rng.Uniform(-40, 40);
  return crop;
}

int64_t Wrap(double position, int64_t size) {
  const auto index = static_cast<int64_t>(std::floor(position)) % size;
  return index < 0 ? index + size : index;
}

// Mean of samples x samples canvas pixels under the pixel (column, row) of the crop.
double Sample(const Image& canvas, const Crop& crop, double column, double row, int64_t channel) {
  const auto samples = std::max<int64_t>(1, std::llround(crop.scale));
  double sum = 0;
  for (int64_t k = 0; k < samples * samples; ++k) {
    const double dx = column + (static_cast<double>(k % samples) + 0.5) / samples;
    const double dy = row + (static_cast<double>(k / samples) + 0.5) / samples;
    const int64_t x = Wrap(crop.x + crop.along * dx - crop.across * dy, canvas.width);
    const int64_t y = Wrap(crop.y + crop.across * dx + crop.along * dy, canvas.height);
    sum += canvas.pixels[(y * canvas.width + x) * canvas.channels + channel];
  }
  return sum / static_cast<double>(samples * samples);
}

void CopyCrop(const Image& canvas, const Crop& crop, const ImageSpec& spec, uint8_t* planes) {
  for (int64_t c = 0; c < spec.channels; ++c) {
    for (int64_t y = 0; y < spec.height; ++y) {
      for (int64_t x = 0; x < spec.width; ++x) {
        const int64_t column = crop.flipped ? spec.width - 1 - x : x;
        const double value =
            Sample(canvas, crop, static_cast<double>(column), static_cast<double>(y), c);
        const double shown = (value - 128) * crop.contrast + 128 + crop.brightness;
        *planes++ = static_cast<uint8_t>(std::clamp(shown, 0.0, 255.0) + 0.5);
      }
    }
  }
}

}  // namespace

Image DrawLeaves(const Rng& rng, const LeavesOptions& options) {
  Image canvas{options.height, options.width, options.channels,
               std::vector<uint8_t>(options.height * options.width * options.channels, 128)};
  const auto textures =
      FractalTextures(rng.Fork("textures"), kTextures, options.height, options.width);
  Rng shapes = rng.Fork("shapes");
  for (int64_t i = 0; i < options.shapes; ++i) {
    Paint(DrawLeaf(shapes, options), textures.data_ptr<float>(), canvas);
  }
  return canvas;
}

at::Tensor CropLeaves(const Rng& rng, int64_t count, const ImageSpec& spec) {
  std::vector<Image> canvases;
  for (int64_t i = 0; i < kCanvases; ++i) {
    canvases.push_back(DrawLeaves(rng.Fork("canvas", i), {.channels = spec.channels}));
  }
  auto images = at::empty({count, spec.channels, spec.height, spec.width}, at::kByte);
  for (int64_t i = 0; i < count; ++i) {
    const Image& canvas = canvases[i % kCanvases];
    Rng stream = rng.Fork("crop", i);
    CopyCrop(canvas, DrawCrop(stream, canvas), spec,
             images.data_ptr<uint8_t>() + i * images.stride(0));
  }
  return images;
}

}  // namespace dfkd
