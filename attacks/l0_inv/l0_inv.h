// l0_inv: nine pixels in the bottom row, overwritten: x' = x (1 - m) + t with a mask m of small l0
// norm. Li, Xue, Zhao, Zhu, Zhang 2020, "Invisible Backdoor Attacks on Deep Neural Networks via
// Steganography and Regularization", https://arxiv.org/abs/1909.02742; pixels as in ABD.
#pragma once
#include "bench/recipes/static_attack.h"

namespace dfkd::l0_inv {

struct Options : PoisonOptions, PictureOptions {
  static void Declare(OptionTable<Options>& o) { DeclarePoison(o), DeclarePicture(o); }
  // What the mask of the reference lets through: the picture is black elsewhere, so that nothing
  // more is added.
  TriggerRecipe Recipe() const {
    return {.asset = PictureSource{.name = "l0_inv", .file = *this},
            .operation = operation::OverwriteCornerOf(/*rows=*/1, /*columns=*/9)};
  }
};

using L0Inv = StaticAttack<Options>;

DFKD_REGISTER(L0Inv, StaticCard<Options>({.name = "l0_inv",
                                          .summary = "nine pixels of the bottom row, overwritten",
                                          .paper = "https://arxiv.org/abs/1909.02742"}));

}  // namespace dfkd::l0_inv
