// l2_inv: a faint, dense noise pattern of small l2 norm, added to the image and clipped.
// Li, Xue, Zhao, Zhu, Zhang 2020, "Invisible Backdoor Attacks on Deep Neural Networks via
// Steganography and Regularization", https://arxiv.org/abs/1909.02742; the fixed pattern of ABD.
#pragma once
#include "bench/recipes/static_attack.h"

namespace dfkd::l2_inv {

struct Options : PoisonOptions, PictureOptions, SeedOption {
  static void Declare(OptionTable<Options>& o) {
    DeclarePoison(o), DeclareSeed(o), DeclarePicture(o);
  }
  TriggerRecipe Recipe() const {
    return {.asset = PictureSource{.name = "l2_inv", .seed = seed, .file = *this},
            .operation = operation::Add()};
  }
};

using L2Inv = StaticAttack<Options>;

DFKD_REGISTER(L2Inv, StaticCard<Options>({.name = "l2_inv",
                                          .summary = "faint noise over the whole image, added",
                                          .paper = "https://arxiv.org/abs/1909.02742"}));

}  // namespace dfkd::l2_inv
