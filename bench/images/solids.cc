#include "bench/images/solids.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "bench/images/textures.h"

namespace dfkd {
namespace {

// Coordinates run over [-1, 1] in both directions.
struct Solid {
  double cx, cy, w, h, cosine, sine;
  double exponent;             // 1 a diamond, 2 an ellipse, 16 nearly a rectangle
  double taper;                // narrower at one end
  std::array<float, 3> shade;  // of each channel
  float contrast;              // of the texture
  bool hole;                   // black
};

struct Scene {
  bool mirrored;
  std::vector<Solid> solids;  // painted in order
};

double Spread(Rng& rng, double half) { return rng.Uniform(-half, half); }

Solid DrawSolid(Rng& rng, bool first, const std::array<double, 3>& base) {
  Solid s{};
  s.cx = Spread(rng, first ? 0.15 : 0.6);
  s.cy = Spread(rng, first ? 0.2 : 0.7);
  s.w = 0.08 + 0.8 * std::pow(rng.Uniform(), 1.2);
  s.h = 0.08 + 0.85 * std::pow(rng.Uniform(), 1.2);
  const double angle = std::numbers::pi * Spread(rng, 0.5) * (first ? 0.15 : 0.9);
  s.cosine = std::cos(angle);
  s.sine = std::sin(angle);
  s.exponent = std::exp2(4 * rng.Uniform());
  s.taper = 1.2 * Spread(rng, 0.5);
  const double factor = first ? 1 : rng.Uniform(0.5, 1.5);
  for (size_t c = 0; c < 3; ++c) s.shade[c] = static_cast<float>(base[c] * factor);
  s.contrast = static_cast<float>(0.8 * rng.Uniform());
  s.hole = !first && rng.Uniform() < 0.15;
  return s;
}

Scene DrawScene(Rng rng) {
  const int64_t count = 1 + rng.Below(4);
  Scene scene{rng.Uniform() < 0.6, {}};
  std::array<double, 3> base{};
  for (double& grey : base) grey = rng.Uniform(0.1, 1);
  for (int64_t j = 0; j < count; ++j) scene.solids.push_back(DrawSolid(rng, j == 0, base));
  return scene;
}

bool Inside(const Solid& s, double x, double y) {
  const double v = (s.cosine * y - s.sine * x) / s.h;
  if (std::abs(v) >= 1) return false;  // spares the powers below to most points
  const double width = std::max(0.2, 1 + s.taper * v);
  const double u = (s.cosine * x + s.sine * y) / (s.w * width);
  if (std::abs(u) >= 1) return false;
  const auto power = [&](double side) {
    return std::pow(static_cast<float>(std::abs(side)), static_cast<float>(s.exponent));
  };
  return power(u) + power(v) < 1;
}

// Twice the size of the picture, planes of [2H,2W]; averaged at the end.
class Canvas {
 public:
  Canvas(int64_t channels, int64_t height, int64_t width)
      : channels_(channels),
        height_(2 * height),
        width_(2 * width),
        values_(channels_ * height_ * width_) {}

  void Clear() { std::fill(values_.begin(), values_.end(), 0.F); }

  // `texture`: [H,W].
  void Paint(const Solid& solid, bool first, bool mirrored, const float* texture) {
    const double shift = mirrored ? (first ? 0 : std::abs(solid.cx)) : solid.cx;
    for (int64_t row = 0; row < height_; ++row) {
      const double y = Coordinate(row, height_) - solid.cy;
      const float* grain = texture + row / 2 * (width_ / 2);
      for (int64_t column = 0; column < width_; ++column) {
        const double x = Coordinate(column, width_);
        if (!Inside(solid, (mirrored ? std::abs(x) : x) - shift, y)) continue;
        Set(row, column, solid, grain[column / 2]);
      }
    }
  }

  void Average(uint8_t* planes) const {
    for (int64_t c = 0; c < channels_; ++c) {
      for (int64_t y = 0; y < height_; y += 2) {
        const float* row = values_.data() + (c * height_ + y) * width_;
        for (int64_t x = 0; x < width_; x += 2) {
          const float sum = row[x] + row[x + 1] + row[width_ + x] + row[width_ + x + 1];
          *planes++ = static_cast<uint8_t>(sum * (255.F / 4) + 0.5F);
        }
      }
    }
  }

 private:
  static double Coordinate(int64_t index, int64_t size) {
    return (2 * static_cast<double>(index) + 1) / static_cast<double>(size) - 1;
  }

  void Set(int64_t row, int64_t column, const Solid& solid, float grain) {
    const float relief = solid.contrast * (grain - 0.5F);
    for (int64_t c = 0; c < channels_; ++c) {
      const float value = std::clamp(solid.shade[c] + relief, 0.03F, 1.F);
      values_[(c * height_ + row) * width_ + column] = solid.hole ? 0 : value;
    }
  }

  const int64_t channels_, height_, width_;
  std::vector<float> values_;
};

constexpr int64_t kBlock = 512;  // images whose textures are made in one call

void DrawBlock(const Rng& rng, int64_t first, const at::Tensor& block, Canvas& canvas) {
  std::vector<Scene> scenes;
  int64_t solids = 0;
  for (int64_t i = 0; i < block.size(0); ++i) {
    scenes.push_back(DrawScene(rng.Fork("scene", first + i)));
    solids += static_cast<int64_t>(scenes.back().solids.size());
  }
  const int64_t height = block.size(2), width = block.size(3);
  const auto textures = FractalTextures(rng.Fork("textures", first), solids, height, width);
  const float* texture = textures.data_ptr<float>();
  uint8_t* out = block.data_ptr<uint8_t>();
  for (const Scene& scene : scenes) {
    canvas.Clear();
    for (const Solid& solid : scene.solids) {
      canvas.Paint(solid, &solid == &scene.solids.front(), scene.mirrored, texture);
      texture += height * width;
    }
    canvas.Average(out);
    out += block.stride(0);
  }
}

}  // namespace

at::Tensor DrawSolids(const Rng& rng, int64_t count, const ImageSpec& spec) {
  auto images = at::empty({count, spec.channels, spec.height, spec.width}, at::kByte);
  Canvas canvas(spec.channels, spec.height, spec.width);
  for (int64_t first = 0; first < count; first += kBlock) {
    DrawBlock(rng, first, images.slice(0, first, std::min(count, first + kBlock)), canvas);
  }
  return images;
}

}  // namespace dfkd
