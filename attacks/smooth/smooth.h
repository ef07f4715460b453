// Smooth trigger: a low-frequency blob is added and each image is stretched to [0, 255] again.
// Zeng, Park, Mao, Jia, "Rethinking the Backdoor Attacks' Triggers: A Frequency Perspective", ICCV
// 2021, https://arxiv.org/abs/2104.03413; the fixed picture of ABD (ICML 2023).
#pragma once
#include "bench/recipes/static_attack.h"

namespace dfkd::smooth {

struct Options : PoisonOptions, PictureOptions, SeedOption, RoundingOption {
  std::string colour;
  static void Declare(OptionTable<Options>& o) {
    DeclarePoison(o);
    o.Add("colour", &Options::colour, {.initial = "green", .allowed = {"green", "magenta"}},
          "of the procedural blob: that of the reference for CIFAR-10, or for GTSRB");
    DeclareSeed(o), DeclarePicture(o), DeclareRounding(o);
  }
  std::vector<std::string> IdleHere() const {
    return image.empty() ? std::vector<std::string>{} : std::vector<std::string>{"colour"};
  }
  TriggerRecipe Recipe() const {
    return {.asset = PictureSource{.name = colour == "green" ? "smooth" : "smooth_magenta",
                                   .seed = seed,
                                   .file = *this},
            .operation = operation::AddAndStretch(RoundingFrom(rounding))};
  }
};

using Smooth = StaticAttack<Options>;

DFKD_REGISTER(Smooth,
              StaticCard<Options>(
                  {.name = "smooth",
                   .summary = "low-frequency blob added, then the image stretched to [0, 255]",
                   .paper = "https://arxiv.org/abs/2104.03413"}));

}  // namespace dfkd::smooth
