// Smooth trigger: a low-frequency blob is added and each image is stretched to [0, 255] again.
// Zeng, Park, Mao, Jia, "Rethinking the Backdoor Attacks' Triggers: A Frequency Perspective", ICCV
// 2021, https://arxiv.org/abs/2104.03413; the fixed picture of ABD (ICML 2023).
#pragma once
#include <ATen/Functions.h>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/images/pixel.h"
#include "bench/recipes/picture_trigger.h"

namespace dfkd::smooth {

struct Options : PoisonOptions, PictureOptions, SeedOption, RoundingOption {
  std::string colour;
  static void Declare(OptionTable<Options>& o) {
    DeclarePoison(o);
    o.Add("colour", &Options::colour, {.initial = "green", .allowed = {"green", "magenta"}},
          "of the procedural blob: that of the reference for CIFAR-10, or for GTSRB");
    DeclareSeed(o);
    DeclarePicture(o);
    DeclareRounding(o);
  }
};

class Smooth final : public PictureTrigger {
 public:
  explicit Smooth(const Options& options)
      : PictureTrigger(options, {.asset = AssetOf(options), .seed = options.seed, .file = options}),
        rounding_(RoundingFrom(options.rounding)) {}

  // Not clipped in between: the sums, up to 510, are what is stretched.
  at::Tensor Trigger(const at::Tensor& images) const override {
    const auto asset = Picture().to(images.device(), at::kInt);
    return Stretched(images.to(at::kInt).add_(asset), rounding_);
  }

 private:
  static std::string AssetOf(const Options& options) {
    return options.colour == "green" ? "smooth" : "smooth_magenta";
  }

  const Rounding rounding_;
};

DFKD_REGISTER(Smooth,
              AttackCard<Options>{
                  .name = "smooth",
                  .summary = "low-frequency blob added, then the image stretched to [0, 255]",
                  .paper = "https://arxiv.org/abs/2104.03413",
                  .presets = {{"faithful", Options::Faithful({{"rounding", "truncate"}})}}});

}  // namespace dfkd::smooth
