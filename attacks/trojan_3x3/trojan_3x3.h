// Trojan 3x3: nine coloured pixels, four away from the bottom right corner, added to the image and
// clipped. A fixed patch with changed labels, as in ABD (ICML 2023); not the neuron-maximising
// attack of Liu et al. 2018 that gave it its name.
#pragma once
#include "bench/recipes/static_attack.h"

namespace dfkd::trojan_3x3 {

struct Options : PoisonOptions, PictureOptions, SeedOption {
  std::string pixels;
  static void Declare(OptionTable<Options>& o) {
    DeclarePoison(o);
    o.Add("pixels", &Options::pixels, {.initial = "table", .allowed = {"table", "random"}},
          "table: the values of the reference; random: nine colours drawn from `seed`");
    DeclareSeed(o), DeclarePicture(o);
  }
  std::vector<std::string> IdleHere() const {
    if (!image.empty()) return {"pixels"};
    return pixels == "table" ? std::vector<std::string>{"seed"} : std::vector<std::string>{};
  }
  TriggerRecipe Recipe() const {
    return {.asset = PictureSource{.name = pixels == "table" ? "trojan_3x3_table" : "trojan_3x3",
                                   .seed = seed,
                                   .file = *this},
            .operation = operation::Add()};
  }
};

using Trojan3x3 = StaticAttack<Options>;

DFKD_REGISTER(Trojan3x3, StaticCard<Options>({.name = "trojan_3x3",
                                              .summary = "3x3 coloured patch added to the image",
                                              .paper = "https://www.ndss-symposium.org/ndss-paper/"
                                                       "trojaning-attack-on-neural-networks/"}));

}  // namespace dfkd::trojan_3x3
