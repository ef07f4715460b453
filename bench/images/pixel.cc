#include "bench/images/pixel.h"

#include <ATen/Functions.h>

#include <cmath>

#include "bench/core/error.h"

namespace dfkd {
namespace {

constexpr int64_t kOne = 1000000;  // 255 * kOne fits 32 bits

// Division of non-negative integers by kOne.
at::Tensor DivideByOne(const at::Tensor& millionths, Rounding rounding) {
  const int64_t half = rounding == Rounding::kHalfUp ? kOne / 2 : 0;
  return millionths.add(half).floor_divide(kOne);
}

}  // namespace

Rounding RoundingFrom(const std::string& name) {
  if (name == "half_up") return Rounding::kHalfUp;
  if (name == "truncate") return Rounding::kTruncate;
  throw MakeError("rounding = '{}' must be half_up or truncate", name);
}

int64_t Millionths(double factor) { return std::llround(factor * static_cast<double>(kOne)); }

at::Tensor ToTensor(const Image& image) {
  auto interleaved = at::empty({image.height, image.width, image.channels}, at::kByte);
  DFKD_CHECK(static_cast<int64_t>(image.pixels.size()) == interleaved.numel());
  std::copy(image.pixels.begin(), image.pixels.end(), interleaved.data_ptr<uint8_t>());
  return interleaved.permute({2, 0, 1}).contiguous();  // [C,H,W]
}

at::Tensor OverwriteCorner(const at::Tensor& images, const at::Tensor& patch, int64_t margin) {
  const int64_t height = images.size(2), width = images.size(3);
  const int64_t top = height - margin - patch.size(1), left = width - margin - patch.size(2);
  if (top < 0 || left < 0) {
    throw MakeError("a patch of {}x{} at {} pixels from the edge does not fit an image of {}x{}",
                    patch.size(1), patch.size(2), margin, height, width);
  }
  return OverwriteAt(images, patch, top, left);
}

at::Tensor OverwriteAt(const at::Tensor& images, const at::Tensor& patch, int64_t top,
                       int64_t left) {
  const int64_t bottom = top + patch.size(1), right = left + patch.size(2);
  if (top < 0 || left < 0 || bottom > images.size(2) || right > images.size(3)) {
    throw MakeError("a patch of {}x{} at ({}, {}) does not fit an image of {}x{}", patch.size(1),
                    patch.size(2), top, left, images.size(2), images.size(3));
  }
  auto stamped = images.clone();
  stamped.slice(2, top, bottom).slice(3, left, right).copy_(patch.to(images.device()));
  return stamped;
}

at::Tensor AddAsset(const at::Tensor& images, const at::Tensor& asset) {
  const auto sum = images.to(at::kShort).add_(asset.to(images.device(), at::kShort));
  return sum.clamp(0, 255).to(at::kByte);
}

at::Tensor Stretched(const at::Tensor& sums, Rounding rounding) {
  constexpr int64_t kWhite = 255;
  const auto low = sums.amin({1, 2, 3}, /*keepdim=*/true);             // [N,1,1,1]
  const auto range = sums.amax({1, 2, 3}, /*keepdim=*/true).sub(low);  // [N,1,1,1]
  const auto doubled = sums.sub(low).mul(2 * kWhite);
  const auto numerator = rounding == Rounding::kHalfUp ? doubled.add(range) : doubled;
  const auto stretched = numerator.floor_divide(range.mul(2).clamp_min(1));
  return at::where(range.eq(0), sums.clamp(0, kWhite), stretched).to(at::kByte);
}

at::Tensor Scaled(const at::Tensor& asset, double strength, Rounding rounding) {
  const auto scaled = DivideByOne(asset.to(at::kLong).mul(Millionths(strength)), rounding);
  return scaled.clamp(0, 255).to(at::kShort);  // more than 255 saturates every pixel anyway
}

at::Tensor BlendAsset(const at::Tensor& images, const at::Tensor& asset, double alpha,
                      Rounding rounding) {
  const int64_t share = Millionths(alpha);
  const auto picture = asset.to(images.device(), at::kInt).mul(share);  // [C,H,W]
  const auto mixed = images.to(at::kInt).mul_(kOne - share).add_(picture);
  return DivideByOne(mixed, rounding).to(at::kByte);
}

}  // namespace dfkd
