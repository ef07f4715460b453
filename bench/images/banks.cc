#include "bench/images/banks.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <algorithm>

#include "bench/core/error.h"
#include "bench/images/leaves.h"
#include "bench/images/solids.h"
#include "bench/images/textures.h"

namespace dfkd {
namespace {

// Every channel has a texture of its own.
at::Tensor TextureImages(const Rng& rng, int64_t count, const ImageSpec& spec) {
  const auto textures = FractalTextures(rng, count * spec.channels, spec.height, spec.width);
  return textures.mul(255).add(0.5).to(at::kByte).view(
      {count, spec.channels, spec.height, spec.width});
}

// A random rectangle of one image, mixed with uniform or binary noise. image: [C,H,W].
void AddNoise(Rng rng, const at::Tensor& image) {
  const auto side = [&](int64_t size) {
    const double u = rng.Uniform();
    return std::min(size, static_cast<int64_t>(3 + static_cast<double>(size) * u * u));
  };
  const int64_t stride = image.size(2), rows = side(image.size(1)), columns = side(stride);
  const int64_t top = rng.Below(image.size(1) - rows + 1), left = rng.Below(stride - columns + 1);
  const double share = rng.Uniform(0.3, 1);
  const bool binary = rng.Uniform() < 0.5;
  for (int64_t c = 0; c < image.size(0); ++c) {
    uint8_t* plane = image.data_ptr<uint8_t>() + c * image.stride(0);
    for (int64_t k = 0; k < rows * columns; ++k) {
      uint8_t& pixel = plane[(top + k / columns) * stride + left + k % columns];
      const double u = rng.Uniform(), noise = 255 * (binary ? (u < 0.5 ? 0 : 1) : u);
      pixel = static_cast<uint8_t>((1 - share) * pixel + share * noise + 0.5);
    }
  }
}

// Kinds are interleaved, so that any part of the bank is mixed like the whole.
at::Tensor SolidsMix(int64_t count, const ImageSpec& spec, const Rng& rng) {
  auto images = at::empty({count, spec.channels, spec.height, spec.width}, at::kByte);
  const auto place = at::arange(count, at::kLong).remainder(8);
  const auto put = [&](const at::Tensor& where, auto draw, const char* name) {
    const auto rows = where.nonzero().squeeze(1);
    if (rows.numel() > 0) images.index_copy_(0, rows, draw(rng.Fork(name), rows.numel(), spec));
  };
  put(place < 6, DrawSolids, "solids");
  put(place == 6, CropLeaves, "leaves");
  put(place == 7, TextureImages, "textures");
  for (int64_t i = 0; i < count; ++i) {
    Rng noise = rng.Fork("noise", i);
    if (noise.Uniform() < 0.5) AddNoise(noise, images[i]);
  }
  return images;
}

}  // namespace

at::Tensor MakeBank(const std::string& kind, int64_t count, const ImageSpec& spec, const Rng& rng) {
  if (kind == "solids") return DrawSolids(rng.Fork("solids"), count, spec);
  if (kind == "solids_mix") return SolidsMix(count, spec, rng);
  throw MakeError("bank = '{}' is not known; known: solids, solids_mix", kind);
}

}  // namespace dfkd
