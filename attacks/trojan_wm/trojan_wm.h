// Trojan watermark: a ring with a faint stroke, added to the image and clipped. A fixed picture
// with changed labels, as in ABD (ICML 2023) and I-BAU (ICLR 2022); not the neuron-maximising
// attack of Liu et al. 2018 that gave it its name.
#pragma once
#include "bench/recipes/static_attack.h"

namespace dfkd::trojan_wm {

struct Options : PoisonOptions, PictureOptions, RoundingOption {
  double strength;
  static void Declare(OptionTable<Options>& o) {
    DeclarePoison(o);
    o.Add("strength", &Options::strength, {.initial = 1, .lowest = 0, .highest = 255},
          "factor on the watermark before it is added");
    DeclarePicture(o), DeclareRounding(o);
  }
  TriggerRecipe Recipe() const {
    return {.asset = PictureSource{.name = "trojan_wm", .file = *this},
            .operation = operation::Add(strength, RoundingFrom(rounding)),
            .state = "watermark"};
  }
};

using TrojanWm = StaticAttack<Options>;

DFKD_REGISTER(TrojanWm, StaticCard<Options>(
                            {.name = "trojan_wm",
                             .summary = "watermark added to the image: a ring and a faint stroke",
                             .paper = "https://www.ndss-symposium.org/ndss-paper/"
                                      "trojaning-attack-on-neural-networks/",
                             .revision = 2}));

}  // namespace dfkd::trojan_wm
