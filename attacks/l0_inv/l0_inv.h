// l0_inv: nine pixels in the bottom row, overwritten: x' = x (1 - m) + t with a mask m of small l0
// norm. Li, Xue, Zhao, Zhu, Zhang 2020, "Invisible Backdoor Attacks on Deep Neural Networks via
// Steganography and Regularization", https://arxiv.org/abs/1909.02742; pixels as in ABD.
#pragma once
#include <algorithm>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/images/pixel.h"
#include "bench/recipes/picture_trigger.h"

namespace dfkd::l0_inv {

struct Options : PoisonOptions, PictureOptions {
  static void Declare(OptionTable<Options>& o) {
    DeclarePoison(o);
    DeclarePicture(o);
  }
};

class L0Inv final : public PictureTrigger {
 public:
  explicit L0Inv(const Options& options)
      : PictureTrigger(options, {.asset = "l0_inv", .file = options}) {}

  at::Tensor Trigger(const at::Tensor& images) const override {
    return OverwriteCorner(images, Masked(), /*margin=*/0);
  }

 private:
  // What the mask of the reference lets through, [C,1,9]: the picture is black elsewhere, so that
  // nothing more is added.
  at::Tensor Masked() const {
    constexpr int64_t kPixels = 9;
    const int64_t height = spec().height, width = spec().width;
    const int64_t left = std::max<int64_t>(0, width - kPixels);
    return Picture().narrow(1, height - 1, 1).narrow(2, left, width - left);
  }
};

DFKD_REGISTER(L0Inv, AttackCard<Options>{.name = "l0_inv",
                                         .summary = "nine pixels of the bottom row, overwritten",
                                         .paper = "https://arxiv.org/abs/1909.02742",
                                         .presets = {{"faithful", Options::Faithful()}}});

}  // namespace dfkd::l0_inv
