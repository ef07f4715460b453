// Arithmetic on stored images, uint8 [N,C,H,W], in integers: the same bytes on every machine and
// device. Nothing here changes its arguments.
#pragma once
#include <ATen/core/Tensor.h>

#include <string>

#include "bench/core/image.h"
#include "bench/core/options.h"

namespace dfkd {

// What happens to the fraction of a computed pixel. The references cast, i.e. truncate.
enum class Rounding { kHalfUp, kTruncate };
// "half_up", "truncate".
Rounding RoundingFrom(const std::string& name);

struct RoundingOption {
  std::string rounding;
  template <class Options>
  static void DeclareRounding(OptionTable<Options>& o) {
    o.Add("rounding", &Options::rounding,
          {.initial = "half_up", .allowed = {"half_up", "truncate"}},
          "fractions of a computed pixel: rounded, or cut off as in the reference");
  }
};

// Parts in a million of a real factor: the unit in which blends are computed.
int64_t Millionths(double factor);

// uint8 [C,H,W].
at::Tensor ToTensor(const Image& image);

// `patch` (uint8 [C,h,w] or [1,h,w]) written over the bottom right corner, `margin` pixels away
// from both edges.
at::Tensor OverwriteCorner(const at::Tensor& images, const at::Tensor& patch, int64_t margin);
// The same with the patch's upper left pixel at (top, left). Throws Error if it does not fit.
at::Tensor OverwriteAt(const at::Tensor& images, const at::Tensor& patch, int64_t top,
                       int64_t left);
// images + asset, clipped; asset is uint8 or int16 and broadcast, e.g.
// [C,H,W].
at::Tensor AddAsset(const at::Tensor& images, const at::Tensor& asset);
// Int32 sums >= 0 as images: each image is stretched to [0, 255] over all its pixels and channels.
// An image of one value has no contrast to stretch and is clipped.
at::Tensor Stretched(const at::Tensor& sums, Rounding rounding);
// strength * asset as int16 [C,H,W].
at::Tensor Scaled(const at::Tensor& asset, double strength, Rounding rounding);
// (1 - alpha) * images + alpha * asset; asset is uint8 [C,H,W], alpha in [0, 1].
at::Tensor BlendAsset(const at::Tensor& images, const at::Tensor& asset, double alpha,
                      Rounding rounding);

}  // namespace dfkd
