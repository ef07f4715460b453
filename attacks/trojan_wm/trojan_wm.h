// Trojan watermark: a ring with a faint stroke, added to the image and clipped. A fixed picture
// with changed labels, as in ABD (ICML 2023) and I-BAU (ICLR 2022); not the neuron-maximising
// attack of Liu et al. 2018 that gave it its name.
#pragma once
#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/images/pixel.h"
#include "bench/recipes/picture_trigger.h"

namespace dfkd::trojan_wm {

struct Options : PoisonOptions, PictureOptions, RoundingOption {
  double strength;
  static void Declare(OptionTable<Options>& o) {
    DeclarePoison(o);
    o.Add("strength", &Options::strength, {.initial = 1, .lowest = 0, .highest = 255},
          "factor on the watermark before it is added");
    DeclarePicture(o);
    DeclareRounding(o);
  }
};

class TrojanWm final : public PictureTrigger {
 public:
  explicit TrojanWm(const Options& options)
      : PictureTrigger(options, {.asset = "trojan_wm", .file = options}, "watermark"),
        strength_(options.strength),
        rounding_(RoundingFrom(options.rounding)) {}

  at::Tensor Trigger(const at::Tensor& images) const override {
    return AddAsset(images, Scaled(Picture(), strength_, rounding_));
  }

 private:
  const double strength_;
  const Rounding rounding_;
};

DFKD_REGISTER(TrojanWm,
              AttackCard<Options>{
                  .name = "trojan_wm",
                  .summary = "watermark added to the image: a ring and a faint stroke",
                  .paper = "https://www.ndss-symposium.org/ndss-paper/"
                           "trojaning-attack-on-neural-networks/",
                  .revision = 2,
                  .presets = {{"faithful", Options::Faithful({{"rounding", "truncate"}})}}});

}  // namespace dfkd::trojan_wm
