// l2_inv: a faint, dense noise pattern of small l2 norm, added to the image and clipped.
// Li, Xue, Zhao, Zhu, Zhang 2020, "Invisible Backdoor Attacks on Deep Neural Networks via
// Steganography and Regularization", https://arxiv.org/abs/1909.02742; the fixed pattern of ABD.
#pragma once
#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/images/pixel.h"
#include "bench/recipes/picture_trigger.h"

namespace dfkd::l2_inv {

struct Options : PoisonOptions, PictureOptions, SeedOption {
  static void Declare(OptionTable<Options>& o) {
    DeclarePoison(o);
    DeclareSeed(o);
    DeclarePicture(o);
  }
};

class L2Inv final : public PictureTrigger {
 public:
  explicit L2Inv(const Options& options)
      : PictureTrigger(options, {.asset = "l2_inv", .seed = options.seed, .file = options}) {}

  at::Tensor Trigger(const at::Tensor& images) const override {
    return AddAsset(images, Picture());
  }
};

DFKD_REGISTER(L2Inv, AttackCard<Options>{.name = "l2_inv",
                                         .summary = "faint noise over the whole image, added",
                                         .paper = "https://arxiv.org/abs/1909.02742",
                                         .presets = {{"faithful", Options::Faithful()}}});

}  // namespace dfkd::l2_inv
