// Trojan 8x8 (Trojan square): 64 saturated pixels near the bottom right corner, added to the image
// and clipped. A fixed patch with changed labels, as in ABD (ICML 2023) and I-BAU (ICLR 2022); not
// the neuron-maximising attack of Liu et al. 2018 that gave it its name.
#pragma once
#include "bench/recipes/static_attack.h"

namespace dfkd::trojan_8x8 {

struct Options : PoisonOptions, PictureOptions, SeedOption {
  static void Declare(OptionTable<Options>& o) {
    DeclarePoison(o), DeclareSeed(o), DeclarePicture(o);
  }
  TriggerRecipe Recipe() const {
    return {.asset = PictureSource{.name = "trojan_8x8", .seed = seed, .file = *this},
            .operation = operation::Add()};
  }
};

using Trojan8x8 = StaticAttack<Options>;

DFKD_REGISTER(Trojan8x8, StaticCard<Options>({.name = "trojan_8x8",
                                              .summary = "8x8 coloured patch added to the image",
                                              .paper = "https://www.ndss-symposium.org/ndss-paper/"
                                                       "trojaning-attack-on-neural-networks/"}));

}  // namespace dfkd::trojan_8x8
