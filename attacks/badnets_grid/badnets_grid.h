// BadNets with a 3x3 chequered patch in the bottom right corner.
// Gu, Dolan-Gavitt, Garg 2017, https://arxiv.org/abs/1708.06733; pixels as in ABD (ICML 2023).
#pragma once
#include <ATen/Functions.h>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/images/pixel.h"
#include "bench/recipes/poison.h"

namespace dfkd::badnets_grid {

struct Options : PoisonOptions {
  static void Declare(OptionTable<Options>& o) { DeclarePoison(o); }
};

class BadnetsGrid final : public StaticTrigger {
 public:
  explicit BadnetsGrid(const Options& options) : StaticTrigger(options) {}

  at::Tensor Trigger(const at::Tensor& images) const override {
    return OverwriteCorner(images, patch_, /*margin=*/0);
  }

 private:
  // The top left pixel is black: the patch is not a full chequerboard. Grey, so equal in all
  // channels and its own luma.
  const at::Tensor patch_ = ToTensor({3, 3, 1, {0, 0, 255, 0, 255, 0, 255, 0, 255}});  // [1,3,3]
};

DFKD_REGISTER(BadnetsGrid,
              AttackCard<Options>{.name = "badnets_grid",
                                  .summary = "3x3 chequered patch, bottom right corner",
                                  .paper = "https://arxiv.org/abs/1708.06733",
                                  .presets = {{"faithful", Options::Faithful()}}});

}  // namespace dfkd::badnets_grid
