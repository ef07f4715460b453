// BadNets with a white square near the bottom right corner, one pixel away from both edges.
// Gu, Dolan-Gavitt, Garg 2017, https://arxiv.org/abs/1708.06733; size and place as in ABD (ICML
// 2023).
#pragma once
#include <ATen/Functions.h>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/images/pixel.h"
#include "bench/recipes/poison.h"

namespace dfkd::badnets_sq {

struct Options : PoisonOptions {
  int64_t size;
  static void Declare(OptionTable<Options>& o) {
    DeclarePoison(o);
    o.Add("size", &Options::size, {.initial = 4, .lowest = 1, .highest = 64},
          "side of the square in pixels");
  }
};

class BadnetsSq final : public StaticTrigger {
 public:
  explicit BadnetsSq(const Options& options)
      : StaticTrigger(options), patch_(at::full({1, options.size, options.size}, 255, at::kByte)) {}

  at::Tensor Trigger(const at::Tensor& images) const override {
    return OverwriteCorner(images, patch_, /*margin=*/1);
  }

 private:
  const at::Tensor patch_;  // [1,size,size]
};

DFKD_REGISTER(BadnetsSq,
              AttackCard<Options>{.name = "badnets_sq",
                                  .summary = "white square, one pixel from the bottom right corner",
                                  .paper = "https://arxiv.org/abs/1708.06733",
                                  .presets = {{"faithful", Options::Faithful()}}});

}  // namespace dfkd::badnets_sq
