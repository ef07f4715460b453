// Blended injection: a faint picture over the whole image, x' = (1 - alpha) x + alpha t.
// Chen, Liu, Li, Lu, Song 2017, https://arxiv.org/abs/1712.05526.
#pragma once
#include <string>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/recipes/assets.h"
#include "bench/recipes/pixel.h"
#include "bench/recipes/poison.h"

namespace dfkd::blend {

struct Options : PoisonOptions, RoundingOption {
  double alpha;
  std::string picture, image, sha256;
  int64_t seed;
  static void Declare(OptionTable<Options>& o) {
    DeclarePoison(o);
    o.Add("alpha", &Options::alpha, {.initial = 0.2, .lowest = 0, .highest = 1},
          "share of the picture in the mix");
    o.Add("picture", &Options::picture, {.initial = "geo", .allowed = {"geo", "noise", "file"}},
          "geo: a drawing; noise: uniform random pixels; file: `image`");
    o.Add("seed", &Options::seed, {.initial = 0, .lowest = 0},
          "seed of the geo or noise picture; 0 = the one with a published checksum");
    o.Add("image", &Options::image, {.initial = ""}, "PNG, JPEG or PPM file, for picture = file");
    o.Add("sha256", &Options::sha256, {.initial = ""},
          "checksum that `image` must have; results are keyed by path and checksum, so give it");
    DeclareRounding(o);
  }
};

class Blend final : public StaticTrigger {
 public:
  explicit Blend(const Options& options)
      : StaticTrigger(options), options_(options), rounding_(RoundingFrom(options.rounding)) {}

  void Begin(const ImageSpec& spec) override {
    StaticTrigger::Begin(spec);
    if (options_.picture == "file" && options_.image.empty()) {
      throw Error("blend: picture = file needs the option image");
    }
  }

  at::Tensor Trigger(const at::Tensor& images) const override {
    return BlendAsset(images, Picture(), options_.alpha, rounding_);
  }

  void Visit(StateVisitor& visitor) override { visitor.Tensor("picture", picture_); }

 private:
  // Made when it is first needed: where it is loaded, the file may be gone.
  const at::Tensor& Picture() const {
    if (!picture_.defined()) picture_ = ToTensor(MakePicture());
    return picture_;
  }

  Image MakePicture() const {
    if (options_.picture == "file") {
      return LoadTriggerPicture(options_.image, spec(), options_.sha256);
    }
    const std::string name = options_.picture == "geo" ? "blend_geo" : "blend_rand";
    return FitAsset(ProceduralAsset(name, options_.seed), spec(), PlacementOf(name));
  }

  const Options options_;
  const Rounding rounding_;
  mutable at::Tensor picture_;  // uint8 [C,H,W]
};

DFKD_REGISTER(Blend, AttackCard<Options>{
                         .name = "blend",
                         .summary = "a faint picture over the whole image",
                         .paper = "https://arxiv.org/abs/1712.05526",
                         .revision = 2,
                         .presets = {{"faithful", Options::Faithful({{"rounding", "truncate"}})}}});

}  // namespace dfkd::blend
