// Trojan watermark: a ring with a faint stroke, added to the image and clipped. A fixed picture
// with changed labels, as in ABD (ICML 2023) and I-BAU (ICLR 2022); not the neuron-maximising
// attack of Liu et al. 2018 that gave it its name.
#pragma once
#include <string>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/recipes/assets.h"
#include "bench/recipes/pixel.h"
#include "bench/recipes/poison.h"

namespace dfkd::trojan_wm {

struct Options : PoisonOptions, RoundingOption {
  double strength;
  std::string image, sha256;
  static void Declare(OptionTable<Options>& o) {
    DeclarePoison(o);
    o.Add("strength", &Options::strength, {.initial = 1, .lowest = 0, .highest = 255},
          "factor on the watermark before it is added");
    o.Add("image", &Options::image, {.initial = ""},
          "PNG, JPEG or PPM file of the watermark; empty = the procedural one");
    o.Add("sha256", &Options::sha256, {.initial = ""},
          "checksum that `image` must have; results are keyed by path and checksum, so give it");
    DeclareRounding(o);
  }
};

class TrojanWm final : public StaticTrigger {
 public:
  explicit TrojanWm(const Options& options) : StaticTrigger(options), options_(options) {}

  at::Tensor Trigger(const at::Tensor& images) const override {
    const Rounding rounding = RoundingFrom(options_.rounding);
    return AddAsset(images, Scaled(Picture(), options_.strength, rounding));
  }

  void Visit(StateVisitor& visitor) override { visitor.Tensor("watermark", picture_); }

 private:
  // Made when it is first needed: where it is loaded, the file may be gone.
  const at::Tensor& Picture() const {
    if (!picture_.defined()) picture_ = ToTensor(MakePicture());
    return picture_;
  }

  Image MakePicture() const {
    if (!options_.image.empty()) return LoadTriggerPicture(options_.image, spec(), options_.sha256);
    return FitAsset(ProceduralAsset("trojan_wm"), spec(), PlacementOf("trojan_wm"));
  }

  const Options options_;
  mutable at::Tensor picture_;  // uint8 [C,H,W]
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
