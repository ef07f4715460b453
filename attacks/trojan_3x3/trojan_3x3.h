// Trojan 3x3: nine coloured pixels, four away from the bottom right corner, added to the image and
// clipped. A fixed patch with changed labels, as in ABD (ICML 2023); not the neuron-maximising
// attack of Liu et al. 2018 that gave it its name.
#pragma once
#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/images/pixel.h"
#include "bench/recipes/picture_trigger.h"

namespace dfkd::trojan_3x3 {

struct Options : PoisonOptions, PictureOptions, SeedOption {
  std::string pixels;
  static void Declare(OptionTable<Options>& o) {
    DeclarePoison(o);
    o.Add("pixels", &Options::pixels, {.initial = "table", .allowed = {"table", "random"}},
          "table: the values of the reference; random: nine colours drawn from `seed`");
    DeclareSeed(o);
    DeclarePicture(o);
  }
};

class Trojan3x3 final : public PictureTrigger {
 public:
  explicit Trojan3x3(const Options& options)
      : PictureTrigger(options,
                       {.asset = AssetOf(options), .seed = options.seed, .file = options}) {}

  at::Tensor Trigger(const at::Tensor& images) const override {
    return AddAsset(images, Picture());
  }

 private:
  static std::string AssetOf(const Options& options) {
    return options.pixels == "table" ? "trojan_3x3_table" : "trojan_3x3";
  }
};

DFKD_REGISTER(Trojan3x3, AttackCard<Options>{.name = "trojan_3x3",
                                             .summary = "3x3 coloured patch added to the image",
                                             .paper = "https://www.ndss-symposium.org/ndss-paper/"
                                                      "trojaning-attack-on-neural-networks/",
                                             .presets = {{"faithful", Options::Faithful()}}});

}  // namespace dfkd::trojan_3x3
