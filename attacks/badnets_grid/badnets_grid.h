// BadNets with a 3x3 chequered patch in the bottom right corner.
// Gu, Dolan-Gavitt, Garg 2017, https://arxiv.org/abs/1708.06733; pixels as in ABD (ICML 2023).
#pragma once
#include "bench/recipes/static_attack.h"

namespace dfkd::badnets_grid {

struct Options : PoisonOptions {
  static void Declare(OptionTable<Options>& o) { DeclarePoison(o); }
  // The top left pixel is black: the patch is not a full chequerboard. Grey, so equal in all
  // channels and its own luma.
  TriggerRecipe Recipe() const {
    return {.asset = Image{3, 3, 1, {0, 0, 255, 0, 255, 0, 255, 0, 255}},
            .operation = operation::Overwrite(/*margin=*/0)};
  }
};

using BadnetsGrid = StaticAttack<Options>;

DFKD_REGISTER(BadnetsGrid,
              StaticCard<Options>({.name = "badnets_grid",
                                   .summary = "3x3 chequered patch, bottom right corner",
                                   .paper = "https://arxiv.org/abs/1708.06733"}));

}  // namespace dfkd::badnets_grid
