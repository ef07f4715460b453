#include "bench/images/assets.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "bench/core/error.h"
#include "bench/core/hash.h"
#include "bench/core/rng.h"
#include "bench/images/antialias.h"
#include "bench/io/image_file.h"

namespace dfkd {
namespace {

constexpr int64_t kSide = 32, kChannels = 3;

Image Filled(uint8_t value) {
  return {kSide, kSide, kChannels, std::vector<uint8_t>(kSide * kSide * kChannels, value)};
}

uint8_t* PixelAt(Image& image, int64_t y, int64_t x) {
  return image.pixels.data() + (y * image.width + x) * image.channels;
}

uint8_t Clip(int64_t value) { return static_cast<uint8_t>(std::clamp<int64_t>(value, 0, 255)); }

// Rectified Gaussian noise, max(0, N(3, 18.6^2)): twelve uniform draws make one normal.
Image L2Inv(SplitMix64 random) {
  Image image = Filled(0);
  for (uint8_t& pixel : image.pixels) {
    int64_t sum = -6 * 65535;
    for (int i = 0; i < 12; ++i) sum += random.U16();
    pixel = Clip((30 * 65535 + 186 * sum + 327675) / 655350);
  }
  return image;
}

// Fills rows and columns [first, last) with what `draw` returns.
template <class Draw>
Image Patch(int64_t first, int64_t last, Draw draw) {
  Image image = Filled(0);
  for (int64_t y = first; y < last; ++y) {
    for (int64_t x = first; x < last; ++x) {
      std::generate_n(PixelAt(image, y, x), kChannels, draw);
    }
  }
  return image;
}

Image Trojan8x8(SplitMix64 random) {
  return Patch(21, 29, [&] { return Clip(random.U8() * 3 / 2 - 60); });
}

Image Trojan3x3(SplitMix64 random) {
  return Patch(25, 28, [&] { return random.U8(); });
}

// `values`: RGB, row by row from (row, column); the rest is black.
template <size_t kCount>
Image Table(int64_t row, int64_t column, int64_t width, const std::array<uint8_t, kCount>& values) {
  Image image = Filled(0);
  for (size_t i = 0; i < kCount; i += kChannels) {
    const auto pixel = static_cast<int64_t>(i / kChannels);
    std::copy_n(values.begin() + i, kChannels,
                PixelAt(image, row + pixel / width, column + pixel % width));
  }
  return image;
}

// The values of the reference's file.
Image Trojan3x3Table(SplitMix64) {
  constexpr std::array<uint8_t, 27> kValues = {
      207, 131, 181, 175, 243, 120, 29,  232, 179,  // row 25
      79,  8,   126, 137, 0,   32,  248, 113, 146,  // row 26
      131, 40,  4,   6,   145, 61,  246, 250, 246,  // row 27
  };
  return Table(25, 25, 3, kValues);
}

// The values of the reference's file: black, magenta, blue, yellow, white, cyan, cyan, red, white.
Image L0Inv(SplitMix64) {
  constexpr std::array<uint8_t, 27> kValues = {
      0,   0,   0,   255, 0,   255, 0,   0,   255,  // columns 23 to 25
      255, 255, 0,   255, 255, 255, 0,   255, 255,  // columns 26 to 28
      0,   255, 255, 255, 0,   0,   255, 255, 255,  // columns 29 to 31
  };
  return Table(31, 23, 9, kValues);
}

// How many of the 8x8 sample points of pixel (x, y) lie in a ring around (20, 21); in 1/16 pixels.
int RingCoverage(int64_t x, int64_t y) {
  constexpr int64_t kInner = 83, kOuter = 96;
  int inside = 0;
  for (int64_t sample = 0; sample < 64; ++sample) {
    const int64_t dx = 16 * x + 2 * (sample % 8) + 1 - 20 * 16;
    const int64_t dy = 16 * y + 2 * (sample / 8) + 1 - 21 * 16;
    const int64_t distance = dx * dx + dy * dy;
    inside += distance >= kInner * kInner && distance <= kOuter * kOuter;
  }
  return inside;
}

void Brighten(uint8_t& pixel, int64_t value) { pixel = std::max(pixel, Clip(value)); }

// A bright ring, a dashed diagonal, a few dim specks.
Image TrojanWm(SplitMix64 random) {
  Image image = Filled(0);
  for (int64_t y = 0; y < kSide; ++y) {
    for (int64_t x = 0; x < kSide; ++x) {
      std::fill_n(PixelAt(image, y, x), kChannels, Clip(255 * RingCoverage(x, y) / 64));
    }
  }
  for (int64_t y = 0; y < 28; ++y) {
    const int64_t value = random.U8();
    if (value < 128) continue;
    for (int64_t c = 0; c < kChannels; ++c) Brighten(PixelAt(image, y, 29 - y)[c], value - 64);
  }
  for (int speck = 0; speck < 24; ++speck) {
    const int64_t x = random.Below(32), y = random.Below(32), c = random.Below(3);
    Brighten(PixelAt(image, y, x)[c], 16 + random.Below(80));
  }
  return image;
}

using Plane = std::array<int64_t, kSide * kSide>;  // row-major

// A 5x5 grid of draws, bilinear on 32x32; weights in 1/31 of four cells, not divided.
Plane CoarseNoise(SplitMix64& random) {
  std::array<std::array<int64_t, 6>, 6> grid{};  // last row and column are met with weight 0
  for (int i = 0; i < 25; ++i) grid[i / 5][i % 5] = random.U16();
  Plane plane;
  for (int64_t y = 0; y < kSide; ++y) {
    for (int64_t x = 0; x < kSide; ++x) {
      const int64_t gy = y * 4 / 31, fy = y * 4 % 31, gx = x * 4 / 31, fx = x * 4 % 31;
      const int64_t upper = (31 - fx) * grid[gy][gx] + fx * grid[gy][gx + 1];
      const int64_t lower = (31 - fx) * grid[gy + 1][gx] + fx * grid[gy + 1][gx + 1];
      plane[y * kSide + x] = (31 - fy) * upper + fy * lower;
    }
  }
  return plane;
}

// 5x5 box sums, edges replicated.
Plane BoxSum(const Plane& plane) {
  const auto inside = [](int64_t i) { return std::clamp<int64_t>(i, 0, kSide - 1); };
  Plane sums;
  for (int64_t y = 0; y < kSide; ++y) {
    for (int64_t x = 0; x < kSide; ++x) {
      int64_t sum = 0;
      for (int64_t k = 0; k < 25; ++k) {
        sum += plane[inside(y + k / 5 - 2) * kSide + inside(x + k % 5 - 2)];
      }
      sums[y * kSide + x] = sum;
    }
  }
  return sums;
}

// A low-frequency blob: each channel is stretched to [0, top].
Image Blob(SplitMix64 random, const std::array<int64_t, kChannels>& top) {
  Image image = Filled(0);
  for (int64_t c = 0; c < kChannels; ++c) {
    const Plane plane = BoxSum(BoxSum(CoarseNoise(random)));
    const auto [low, high] = std::minmax_element(plane.begin(), plane.end());
    const int64_t range = *high - *low;
    for (int64_t i = 0; i < kSide * kSide; ++i) {
      const int64_t value = plane[i] - *low;
      image.pixels[i * kChannels + c] = Clip((value * top[c] + range / 2) / range);
    }
  }
  return image;
}

Image Smooth(SplitMix64 random) { return Blob(random, {6, 51, 2}); }           // green
Image SmoothMagenta(SplitMix64 random) { return Blob(random, {50, 11, 49}); }  // magenta

struct Outline {
  bool ellipse;
  int64_t cx, cy, a, b;  // centre, half axes
  // Whether (x, y) belongs to the shape shrunk by `border` pixels.
  bool Covers(int64_t x, int64_t y, int64_t border) const {
    const int64_t dx = x - cx, dy = y - cy, w = a - border, h = b - border;
    if (!ellipse) return std::abs(dx) <= w && std::abs(dy) <= h;
    return dx * dx * h * h + dy * dy * w * w <= w * w * h * h;
  }
};

void Draw(const Outline& shape, const std::array<uint8_t, kChannels>& colour, Image& image) {
  constexpr std::array<uint8_t, kChannels> kBlack = {};
  for (int64_t y = 0; y < kSide; ++y) {
    for (int64_t x = 0; x < kSide; ++x) {
      if (!shape.Covers(x, y, 0)) continue;
      const auto& paint = shape.Covers(x, y, 1) ? colour : kBlack;
      std::copy(paint.begin(), paint.end(), PixelAt(image, y, x));
    }
  }
}

// A drawing on white: nine outlined ellipses and rectangles, every second one white.
Image BlendGeo(SplitMix64 random) {
  Image image = Filled(255);
  for (int k = 0; k < 9; ++k) {
    Outline shape{};
    shape.ellipse = random.Below(2) == 0;
    shape.cx = 5 + random.Below(22);
    shape.cy = 5 + random.Below(22);
    shape.a = 3 + random.Below(5);
    shape.b = 3 + random.Below(5);
    std::array<uint8_t, kChannels> colour{};
    std::generate(colour.begin(), colour.end(), [&] { return random.U8(); });
    if (k % 2 == 1) colour.fill(255);
    Draw(shape, colour, image);
  }
  return image;
}

Image BlendRand(SplitMix64 random) {
  Image image = Filled(0);
  std::generate(image.pixels.begin(), image.pixels.end(), [&] { return random.U8(); });
  return image;
}

// The reference's SIG file: trunc(20 sin(0.8 x)) modulo 256, so that negative values wrap into
// near white. A table, because a library's sine is not the same bits everywhere.
Image SigTr(SplitMix64) {
  constexpr std::array<uint8_t, kSide> kRow = {
      0, 14, 19, 13, 255, 241, 237, 244, 2, 15, 19, 11, 253, 240, 237, 246,
      4, 17, 19, 9,  251, 239, 238, 248, 6, 18, 18, 7,  249, 238, 238, 250};
  Image image = Filled(0);
  for (size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = kRow[i / kChannels % kSide];
  return image;
}

struct Asset {
  const char* name;
  Image (*draw)(SplitMix64);
  uint64_t seed;
  Placement placement;
};

constexpr std::array<Asset, 11> kAssets = {{
    {"l2_inv", L2Inv, 2, Placement::kFullFrame},
    {"trojan_8x8", Trojan8x8, 8, Placement::kPatch},
    {"trojan_3x3", Trojan3x3, 3, Placement::kPatch},
    {"trojan_3x3_table", Trojan3x3Table, 0, Placement::kPatch},
    {"l0_inv", L0Inv, 0, Placement::kPatch},
    {"trojan_wm", TrojanWm, 5, Placement::kFullFrame},
    {"smooth", Smooth, 7, Placement::kFullFrame},
    {"smooth_magenta", SmoothMagenta, 7, Placement::kFullFrame},
    {"blend_geo", BlendGeo, 20, Placement::kFullFrame},
    {"blend_rand", BlendRand, 13, Placement::kFullFrame},
    {"sig_tr", SigTr, 0, Placement::kFullFrame},
}};

const Asset& Find(const std::string& name) {
  const auto* found = std::find_if(kAssets.begin(), kAssets.end(),
                                   [&](const Asset& asset) { return asset.name == name; });
  if (found != kAssets.end()) return *found;
  throw MakeError("asset = '{}' is not known; known: {}", name, fmt::join(AssetNames(), ", "));
}

// Throws Error if something of the patch would lie outside; black there is nothing of it.
void RequireInside(const Image& patch, int64_t height, int64_t width) {
  const int64_t above = patch.height - height, left = patch.width - width;
  for (int64_t y = 0; y < patch.height; ++y) {
    for (int64_t x = 0; x < patch.width; ++x) {
      const auto pixel = patch.pixels.begin() + (y * patch.width + x) * patch.channels;
      const bool empty =
          std::all_of(pixel, pixel + patch.channels, [](uint8_t v) { return v == 0; });
      if (empty || (y >= above && x >= left)) continue;
      throw MakeError(
          "a patch that reaches {} rows and {} columns into the corner does not fit an image of "
          "{}x{}",
          patch.height - y, patch.width - x, height, width);
    }
  }
}

Image ShiftToCorner(const Image& patch, int64_t height, int64_t width) {
  Image out{height, width, patch.channels,
            std::vector<uint8_t>(height * width * patch.channels, uint8_t{0})};
  const int64_t down = height - patch.height, right = width - patch.width;
  for (int64_t y = std::max<int64_t>(0, down); y < height; ++y) {
    for (int64_t x = std::max<int64_t>(0, right); x < width; ++x) {
      const int64_t from = ((y - down) * patch.width + x - right) * patch.channels;
      std::copy_n(patch.pixels.begin() + from, patch.channels, PixelAt(out, y, x));
    }
  }
  return out;
}

Image WithChannels(const Image& image, int64_t channels) {
  if (channels == 1) return ToGrey(image);
  if (image.channels == channels) return image;
  Image colour{image.height, image.width, channels, {}};
  for (const uint8_t grey : image.pixels) colour.pixels.insert(colour.pixels.end(), channels, grey);
  return colour;
}

// Of somebody's own picture only they know how much of it is the patch.
Image Fitted(const Image& asset, const ImageSpec& spec, Placement placement) {
  const Image fitted = placement == Placement::kPatch
                           ? ShiftToCorner(asset, spec.height, spec.width)
                           : NearestResize(asset, spec.height, spec.width);
  return WithChannels(fitted, spec.channels);
}

}  // namespace

std::vector<std::string> AssetNames() {
  std::vector<std::string> names;
  for (const Asset& asset : kAssets) names.emplace_back(asset.name);
  return names;
}

Image ProceduralAsset(const std::string& name, uint64_t seed) {
  const Asset& asset = Find(name);
  return asset.draw(SplitMix64(seed == 0 ? asset.seed : seed));
}

Placement PlacementOf(const std::string& name) { return Find(name).placement; }

Image FitAsset(const Image& asset, const ImageSpec& spec, Placement placement) {
  if (placement == Placement::kPatch) RequireInside(asset, spec.height, spec.width);
  return Fitted(asset, spec, placement);
}

Image LoadTriggerPicture(const std::filesystem::path& file, const ImageSpec& spec,
                         const std::string& sha256, Placement placement, Shrinking shrinking) {
  if (!sha256.empty()) {
    const std::string found = Sha256OfFile(file);
    if (found != sha256) {
      throw MakeError("{}: sha256 is {}, expected {}", file.string(), found, sha256);
    }
  }
  const Image picture = ReadImage(file);
  if (picture.height == kSide && picture.width == kSide) return Fitted(picture, spec, placement);
  const auto& resize = shrinking == Shrinking::kArea ? Resize : GaussianResize;
  return WithChannels(resize(picture, spec.height, spec.width), spec.channels);
}

}  // namespace dfkd
