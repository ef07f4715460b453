// BadNets with a white square near the bottom right corner, one pixel away from both edges.
// Gu, Dolan-Gavitt, Garg 2017, https://arxiv.org/abs/1708.06733; size and place as in ABD (ICML
// 2023).
#pragma once
#include "bench/recipes/static_attack.h"

namespace dfkd::badnets_sq {

struct Options : PoisonOptions {
  int64_t size;
  static void Declare(OptionTable<Options>& o) {
    DeclarePoison(o);
    o.Add("size", &Options::size, {.initial = 4, .lowest = 1, .highest = 64},
          "side of the square in pixels");
  }
  TriggerRecipe Recipe() const {
    return {.asset = Image{size, size, 1, std::vector<uint8_t>(size * size, uint8_t{255})},
            .operation = operation::Overwrite(/*margin=*/1)};
  }
};

using BadnetsSq = StaticAttack<Options>;

DFKD_REGISTER(BadnetsSq, StaticCard<Options>(
                             {.name = "badnets_sq",
                              .summary = "white square, one pixel from the bottom right corner",
                              .paper = "https://arxiv.org/abs/1708.06733"}));

}  // namespace dfkd::badnets_sq
