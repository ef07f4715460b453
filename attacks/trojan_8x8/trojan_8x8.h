// Trojan 8x8 (Trojan square): 64 saturated pixels near the bottom right corner, added to the image
// and clipped. A fixed patch with changed labels, as in ABD (ICML 2023) and I-BAU (ICLR 2022); not
// the neuron-maximising attack of Liu et al. 2018 that gave it its name.
#pragma once
#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/images/pixel.h"
#include "bench/recipes/picture_trigger.h"

namespace dfkd::trojan_8x8 {

struct Options : PoisonOptions, PictureOptions, SeedOption {
  static void Declare(OptionTable<Options>& o) {
    DeclarePoison(o);
    DeclareSeed(o);
    DeclarePicture(o);
  }
};

class Trojan8x8 final : public PictureTrigger {
 public:
  explicit Trojan8x8(const Options& options)
      : PictureTrigger(options, {.asset = "trojan_8x8", .seed = options.seed, .file = options}) {}

  at::Tensor Trigger(const at::Tensor& images) const override {
    return AddAsset(images, Picture());
  }
};

DFKD_REGISTER(Trojan8x8, AttackCard<Options>{.name = "trojan_8x8",
                                             .summary = "8x8 coloured patch added to the image",
                                             .paper = "https://www.ndss-symposium.org/ndss-paper/"
                                                      "trojaning-attack-on-neural-networks/",
                                             .presets = {{"faithful", Options::Faithful()}}});

}  // namespace dfkd::trojan_8x8
